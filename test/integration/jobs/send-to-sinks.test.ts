/** The workers of several processes, with real sinks of the policy; no queue is there. */
import pino from 'pino';
import { afterEach, expect, test } from 'vitest';
import { testSink } from '../../../src/access/sinks/test-sink.ts';
import { AppError } from '../../../src/core/errors.ts';
import type { Repeated } from '../../../src/jobs/repeat.ts';
import { sendToSinks } from '../../../src/jobs/send-to-sinks.ts';
import { findSink } from '../../../src/store/operations/sinks.ts';
import { deploymentMetrics } from '../../../src/web/deployment-metrics.ts';
import { renderMetrics } from '../../../src/web/metrics.ts';
import { TEST_POLICY, useTestAccess } from '../../support/access.ts';
import { startHttpReceiver } from '../../support/sinks/http-receiver.ts';
import { judge, logEvents } from '../../support/sinks/log-of-events.ts';
import { elasticsearchStore, otlpStore } from '../../support/sinks/receivers.ts';

const access = useTestAccess();
const running: { stop(): Promise<unknown> }[] = [];
const logger = pino({ level: 'silent' });
const start = (replica: string): Repeated => {
  const workers = sendToSinks(access.current.context, { replica, logger });
  running.push(workers);
  return workers;
};
afterEach(async () => {
  await Promise.all(running.splice(0).map((part) => part.stop()));
});

test('each sink gets the log once, whoever sends it, and one that hangs keeps none waiting', async () => {
  const { store, context, applyPolicy } = access.current;
  await logEvents(store, 700);
  const [elastic, otlp] = [elasticsearchStore(), otlpStore()];
  const good = await startHttpReceiver({ answer: elastic.answer });
  const slow = await startHttpReceiver({ answer: otlp.answer, mishap: () => ({ lateByMs: 20_000 }) });
  running.push(good, slow);
  applyPolicy(`${TEST_POLICY}
sinks:
  - { name: hangs, kind: otlp, url: "${slow.url}/v1/logs", from: start, timeout: 20s }
  - { name: works, kind: elasticsearch, url: "${good.url}", index: audit, from: start }
  - { name: no-secret, kind: splunk-hec, url: "${good.url}", token: { env: NOT_SET_ANYWHERE }, from: start }
`);
  const workers = ['one', 'two', 'three'].map(start);
  await expect.poll(() => new Set(elastic.events.map(({ uid }) => uid)).size, { timeout: 15_000 }).toBe(700);
  await logEvents(store, 300);
  await expect.poll(() => elastic.events.length, { timeout: 15_000 }).toBe(1_000);
  expect(judge(elastic.events, 1_000)).toEqual({ distinct: 1_000, missing: 0, disordered: 0, twice: 0 });
  expect(slow.calls).toHaveLength(1);
  await expect
    .poll(async () => (await findSink(store.read(), { name: 'no-secret' }))?.lastError, { timeout: 5_000 })
    .toBe('the environment variable NOT_SET_ANYWHERE is not set');
  const metrics = renderMetrics(await deploymentMetrics(context));
  expect(metrics).toContain('sallyport_sink_lag_events{sink="hangs"} 1000');
  expect(metrics).toContain('sallyport_sink_lag_events{sink="works"} 0');
  expect(metrics).toMatch(/sallyport_sink_lag_seconds\{sink="hangs"\} \d/);
  expect(metrics).toContain('sallyport_sink_failing{sink="no-secret"} 1');

  // Nothing waits for a receiver that hangs, and what it had is sent by the next process.
  const began = Date.now();
  await Promise.all(workers.map((each) => each.stop()));
  expect(Date.now() - began).toBeLessThan(5_000);
  expect(await findSink(store.read(), { name: 'hangs' })).toMatchObject({ cursor: 0, holder: null });
});

test('a test of a sink is sent by one process that sends the log: who asks has neither its secrets nor the way', async () => {
  const { context, applyPolicy, person } = access.current;
  const kept = otlpStore();
  const receiver = await startHttpReceiver({ answer: kept.answer });
  running.push(receiver);
  applyPolicy(`${TEST_POLICY}
sinks:
  - { name: tested, kind: otlp, url: "${receiver.url}/v1/logs" }
`);
  const by = await person('carol', ['responders']);
  const readSecret = (): never => {
    throw new AppError('unavailable', 'it is not set here');
  };
  const web = { ...context, settings: { ...context.settings, readSecret } };
  const asked = { name: 'tested', by };
  expect(await testSink(web, { ...asked, takenWithinMs: 200 })).toMatchObject({
    delivered: false,
    problem: 'no process with the role jobs has taken it',
  });
  expect(kept.events).toEqual([]);
  for (const replica of ['one', 'two']) start(replica);
  expect(await testSink(web, asked)).toMatchObject({ delivered: true, problem: null });
  expect(kept.events.filter(({ type }) => type === 'sink.tested')).toHaveLength(1);
});
