/**
 * 100,000 events to a real rsyslog and to what stands for Splunk, Elasticsearch and a webhook, while all of them are
 * restarted, killed and fail in every way they can: none is lost, and each session's events keep their order.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSinkStandings } from '../../src/access/sinks/read-sinks.ts';
import { sendToSinks } from '../../src/jobs/send-to-sinks.ts';
import { listSinkLetters } from '../../src/store/operations/sink-letters.ts';
import { findSink } from '../../src/store/operations/sinks.ts';
import { TEST_POLICY, useTestAccess } from '../support/access.ts';
import { freePort } from '../support/free-port.ts';
import { writeCertificates } from '../support/sinks/certificates.ts';
import { type HttpReceiver, type Mishap, startHttpReceiver } from '../support/sinks/http-receiver.ts';
import { judge, logEvents } from '../support/sinks/log-of-events.ts';
import {
  elasticsearchStore,
  type Received,
  receivedFrom,
  type Store,
  splunkStore,
  webhookStore,
} from '../support/sinks/receivers.ts';
import { startRsyslog, type TestRsyslog } from '../support/sinks/rsyslog.ts';
import { printFigures } from './figures.ts';

const EVENTS = 100_000;
const PATIENCE_MS = 15 * 60_000;
const UP_MS = 4_000;
const DOWN_MS = 700;
const SECRET = Buffer.alloc(32, 5);
/** One call of 20 fails in one of these ways, besides those that a restart cuts. */
const MISHAPS: readonly Mishap[] = [
  { status: 503 },
  { status: 429, headers: { 'retry-after': '1' } },
  { cut: 'before' },
  { cut: 'after' },
  { lateByMs: 3_000 },
];
const CALLS_PER_MISHAP = 20;

const access = useTestAccess({
  secrets: { HOOK_SECRET: `whsec_${SECRET.toString('base64')}`, HEC_TOKEN: 'test-token' },
});
let directory = '';
const stopping = new AbortController();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-sinks-'));
  await writeCertificates(directory, 'soak');
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** Starts a receiver and restarts it on its port again and again. */
async function restarted<Server extends { stop(): Promise<void> }>(
  start: () => Promise<Server>,
  stop: (server: Server, times: number) => Promise<void>,
): Promise<{ readonly end: () => Promise<{ server: Server; restarts: number }> }> {
  let server = await start();
  let restarts = 0;
  const work = (async () => {
    while (!stopping.signal.aborted) {
      await sleep(UP_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) break;
      await stop(server, restarts);
      restarts += 1;
      await sleep(DOWN_MS);
      server = await start();
    }
  })();
  return {
    end: async () => {
      await work;
      return { server, restarts };
    },
  };
}

function failing(kept: Store, port: number): () => Promise<HttpReceiver> {
  let calls = 0;
  return () =>
    startHttpReceiver({
      port,
      answer: kept.answer,
      mishap: ({ path }) => {
        if (path.includes('/ack')) return null;
        calls += 1;
        return calls % CALLS_PER_MISHAP === 0
          ? (MISHAPS[(calls / CALLS_PER_MISHAP) % MISHAPS.length] ?? null)
          : null;
      },
    });
}

it('loses no event and no order', { timeout: PATIENCE_MS + 120_000 }, async () => {
  const { store, context, applyPolicy } = access.current;
  await logEvents(store, EVENTS);
  const tried = new Set<number>();
  const stores = {
    splunk: splunkStore({ acknowledge: 2 }),
    hook: webhookStore([SECRET]),
    elastic: elasticsearchStore({
      outcome: ({ sequence }) => {
        if (sequence % 1_000 !== 500 || tried.has(sequence)) return 201;
        tried.add(sequence);
        return sequence % 2_000 === 500 ? 429 : 503;
      },
    }),
  };
  const ports = {
    splunk: await freePort(),
    hook: await freePort(),
    elastic: await freePort(),
    syslog: await freePort(),
  };
  const http = await Promise.all(
    (['splunk', 'hook', 'elastic'] as const).map((name) =>
      restarted(failing(stores[name], ports[name]), (server) => server.stop()),
    ),
  );
  const syslog = await restarted<TestRsyslog>(
    () => startRsyslog({ directory, certificates: 'soak', port: ports.syslog, clients: 'certified' }),
    (server, times) => server.stop(times % 2 === 0 ? 'SIGTERM' : 'SIGKILL'),
  );
  const at = (name: string): string => join(directory, `soak-${name}`);
  applyPolicy(`${TEST_POLICY}
sinks:
  - { name: splunk, kind: splunk-hec, url: "http://127.0.0.1:${ports.splunk}", token: { env: HEC_TOKEN }, from: start, timeout: 2s }
  - { name: hook, kind: webhook, url: "http://127.0.0.1:${ports.hook}", secret: { env: HOOK_SECRET }, eventsPerMessage: 500, from: start, timeout: 2s }
  - { name: elastic, kind: elasticsearch, url: "http://127.0.0.1:${ports.elastic}", index: audit, from: start, timeout: 2s }
  - name: syslog
    kind: syslog
    address: 127.0.0.1:${ports.syslog}
    from: start
    timeout: 5s
    tls: { ca: "${at('ca.pem')}", certificate: "${at('client.pem')}", key: "${at('client.key')}" }
`);
  const logger = pino({ level: 'silent' });
  const workers = ['one', 'two'].map((replica) => sendToSinks(context, { replica, logger }));
  const beganMs = performance.now();
  const doneAfterMs = new Map<string, number>();
  let lagSecondsMax = 0;
  while (doneAfterMs.size < 4 && performance.now() - beganMs < PATIENCE_MS) {
    await sleep(250);
    for (const { name, lagSeconds } of await readSinkStandings(context)) {
      lagSecondsMax = Math.max(lagSecondsMax, lagSeconds);
      const row = await findSink(store.read(), { name });
      if ((row?.cursor ?? 0) >= EVENTS && !doneAfterMs.has(name)) {
        doneAfterMs.set(name, performance.now() - beganMs);
      }
    }
  }
  stopping.abort();
  const ended = await Promise.all(http.map((each) => each.end()));
  const { server: rsyslog, restarts } = await syslog.end();
  await Promise.all(workers.map((each) => each.stop()));
  await Promise.all(ended.map(({ server }) => server.stop()));
  await rsyslog.stop();

  const lines = await rsyslog.received();
  const parsed = lines.map((line): Received | null => {
    try {
      return receivedFrom(JSON.parse(line.slice(line.indexOf('{'))));
    } catch {
      return null; // What a killed rsyslog had written in part; it was sent again.
    }
  });
  const received: Record<string, readonly Received[]> = {
    splunk: stores.splunk.events,
    hook: stores.hook.events,
    elastic: stores.elastic.events,
    syslog: parsed.filter((event) => event !== null),
  };
  for (const [index, name] of ['splunk', 'hook', 'elastic', 'syslog'].entries()) {
    const seconds = (doneAfterMs.get(name) ?? Number.NaN) / 1_000;
    const { distinct, missing, disordered, twice } = judge(received[name] ?? [], EVENTS);
    printFigures(`sink ${name}`, {
      seconds: seconds.toFixed(1),
      perSecond: (distinct / seconds).toFixed(0),
      restarts: name === 'syslog' ? restarts : (ended[index]?.restarts ?? 0),
      missing,
      disordered,
      twice,
    });
    expect({ name, distinct, missing, disordered }).toEqual({
      name,
      distinct: EVENTS,
      missing: 0,
      disordered: 0,
    });
    expect(await listSinkLetters(store.read(), { sink: name, limit: 1 })).toEqual([]);
  }
  expect(lagSecondsMax).toBeGreaterThan(0);
});
