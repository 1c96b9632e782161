/** Sinks, from the command line. */
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { recordEvent } from '../../../src/access/record.ts';
import { chainEvents } from '../../../src/audit/chain.ts';
import { keepSinkLetters } from '../../../src/store/operations/sink-letters.ts';
import { enrolSink } from '../../../src/store/operations/sinks.ts';
import { listOf } from '../../../src/web/schemas/fields.ts';
import { SINK, SINK_IN_FULL, SINK_TEST } from '../../../src/web/schemas/sinks.ts';
import { runCli } from '../../support/command-line.ts';
import { sendAskedTests } from '../../support/sinks/asked-tests.ts';
import { useWebHarness } from '../web/harness.ts';
import { PROCESS_TEST_TIMEOUT_MS, runJson } from './harness.ts';

vi.setConfig({ testTimeout: PROCESS_TEST_TIMEOUT_MS });

const web = useWebHarness();
const asOverseer = async () => ({ url: web.current.url, token: await web.current.tokenOf('carol') });

async function behind(): Promise<void> {
  const { store, clock } = web.current.access;
  await enrolSink(store.read(), { name: 'siem', kind: 'otlp', from: 'start', now: clock.now() });
  await store.transaction(async (db) => {
    for (const subject of ['r-1', 'r-2']) {
      await recordEvent(db, { at: clock.now(), type: 'request.created', actorId: null, subject });
    }
  });
  await chainEvents(store);
  await keepSinkLetters(store.read(), {
    sink: 'siem',
    refusals: [{ sequence: 1, reason: 'it answered 400: no' }],
    now: clock.now(),
  });
}

test('an overseer sees how far each sink is, holds it, has it tried again, and takes refused events off', async () => {
  const options = await asOverseer();
  await behind();
  const { items } = listOf(SINK).parse(await runJson(['sinks'], options));
  expect(items).toMatchObject([
    { name: 'siem', kind: 'otlp', state: 'running', lagEvents: 2, sent: 0, deadLetters: 1, paused: null },
  ]);
  const listed = await runCli(['sinks'], options);
  expect(listed.stdout).toMatch(/^NAME\s+KIND\s+STATE\s+BEHIND\s+FOR\s+REFUSED\s+LAST SENT/);
  expect(listed.stdout).toContain('siem  otlp  running');
  const shown = await runCli(['sinks', 'show', 'siem'], options);
  expect(shown.stdout).toContain('2 events, for');
  expect(shown.stdout).toContain('it answered 400: no');

  const pause = ['sinks', 'pause', 'siem', '--because', 'it moves'];
  expect(await runCli(pause, options)).toMatchObject({ status: 0 });
  expect(await runCli(pause, options)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('already'),
  });
  expect((await runCli(['sinks', 'show', 'siem'], options)).stdout).toMatch(
    /Paused\s+.+ by Carol.*: it moves/,
  );
  expect(await runCli(['sinks', 'resume', 'siem'], options)).toMatchObject({
    status: 0,
    stdout: 'Sink siem goes on; it is 4 events behind.\n',
  });
  expect(await runCli(['sinks', 'resume', 'siem'], options)).toMatchObject({ status: 1 });

  expect(await runCli(['sinks', 'retry', 'siem', '--event', '1'], options)).toMatchObject({
    status: 0,
    stdout: 'Sink siem is tried again at once; 1 refused events with it.\n',
  });
  const full = SINK_IN_FULL.parse(await runJson(['sinks', 'show', 'siem'], options));
  expect(full.letters).toMatchObject([
    { sequence: 1, state: 'again', type: 'request.created', subject: 'r-1' },
  ]);
  expect(await runCli(['sinks', 'retry', 'siem', '--event', '2'], options)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('has no dead letter of event 2'),
  });
  expect((await runCli(['sinks', 'discard', 'siem'], options)).stdout).toBe(
    '0 refused events of sink siem are off the list.\n',
  );
  const types = await web.current.access.store
    .read()
    .execute<{ type: string }[]>(`select type from event where type like 'sink.%' order by id`);
  expect(types.map(({ type }) => type)).toEqual([
    'sink.paused',
    'sink.resumed',
    'sink.retried',
    'sink.discarded',
  ]);
});

test('a test that is not taken says why, and fails', async () => {
  const options = await asOverseer();
  const testing = runCli(['sinks', 'test', 'siem', '--json'], options);
  await expect.poll(() => sendAskedTests(web.current.access), { timeout: 20_000 }).toBe(1);
  const result = await testing;
  expect(result.status).toBe(1);
  expect(SINK_TEST.parse(JSON.parse(result.stdout))).toMatchObject({
    delivered: false,
    problem: expect.stringContaining('127.0.0.1:9 cannot be reached'),
  });
});

test('an unknown sink is named, and nobody else sees that there are any', async () => {
  expect(await runCli(['sinks', 'show', 'nowhere'], await asOverseer())).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('There is no sink nowhere.'),
  });
  const options = { url: web.current.url, token: await web.current.tokenOf('alice') };
  for (const command of [
    ['sinks'],
    ['sinks', 'show', 'siem'],
    ['sinks', 'show', 'nowhere'],
    ['sinks', 'retry', 'siem'],
    ['sinks', 'discard', 'siem'],
    ['sinks', 'pause', 'siem', '--because', 'x'],
    ['sinks', 'resume', 'siem'],
    ['sinks', 'test', 'siem'],
  ]) {
    const result = await runCli(command, options);
    expect(result, command.join(' ')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('oversight'),
    });
  }
  const refused = await web.current.access.store
    .read()
    .execute<{ count: string }[]>(`select count(*) from event where type = 'sink.refused'`);
  expect(z.coerce.number().parse(refused[0]?.count)).toBe(5);
});
