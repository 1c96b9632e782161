/** Sending the audit log to receivers that fail in every way they can. */
import { afterEach, describe, expect, test } from 'vitest';
import type { OpenSettings } from '../../../src/audit/sinks/settings.ts';
import { Secret } from '../../../src/core/secret.ts';
import { askForSinkLetters, listSinkLetters } from '../../../src/store/operations/sink-letters.ts';
import {
  enrolSink,
  findSink,
  listSinksWithWork,
  makeSinkDue,
  pauseSinkRow,
  readSinkLags,
} from '../../../src/store/operations/sinks.ts';
import {
  type Call,
  type HttpReceiver,
  type Mishap,
  startHttpReceiver,
} from '../../support/sinks/http-receiver.ts';
import { judge, logEvents } from '../../support/sinks/log-of-events.ts';
import {
  elasticsearchStore,
  otlpStore,
  type Received,
  type Store as ReceiverStore,
  splunkStore,
  webhookStore,
} from '../../support/sinks/receivers.ts';
import { useTestStore } from '../../support/store.ts';
import { enrol, NO_TLS, runOnce, runUntil } from './sink-harness.ts';

const SECRET = Buffer.alloc(32, 1);
const OLD_SECRET = Buffer.alloc(32, 2);
const secretOf = (bytes: Buffer): Secret<string> => new Secret(`whsec_${bytes.toString('base64')}`);
const COMMON = { timeoutMs: 400, tls: NO_TLS };

const SETTINGS: Readonly<Record<string, (url: string) => OpenSettings>> = {
  webhook: (url) => ({
    ...COMMON,
    kind: 'webhook',
    url: `${url}/hook`,
    secrets: [secretOf(SECRET)],
    signingKey: null,
    eventsPerMessage: 20,
  }),
  'splunk-hec': (url) => ({
    ...COMMON,
    kind: 'splunk-hec',
    url,
    token: new Secret('test-token'),
    index: 'audit',
    source: 'sallyport',
    sourcetype: 'sallyport:ocsf',
    acknowledgedWithinMs: 2_000,
  }),
  elasticsearch: (url) => ({
    ...COMMON,
    kind: 'elasticsearch',
    url,
    index: 'logs-sallyport-default',
    credential: { apiKey: new Secret('key') },
  }),
  otlp: (url) => ({ ...COMMON, kind: 'otlp', url: `${url}/v1/logs`, token: new Secret('token') }),
};

const STORES: Readonly<Record<string, () => ReceiverStore>> = {
  webhook: () => webhookStore([SECRET]),
  'splunk-hec': () => splunkStore({ acknowledge: 2 }),
  elasticsearch: () => elasticsearchStore(),
  otlp: () => otlpStore(),
};

const EVENTS = 300;
const store = useTestStore();
let logged = 0;
const log = async (count: number): Promise<number> => {
  await logEvents(store.current, count);
  logged += count;
  return logged;
};

const started: HttpReceiver[] = [];
const receive = async (
  kept: Pick<ReceiverStore, 'answer'>,
  mishap: (call: Call) => Mishap = () => null,
): Promise<HttpReceiver> => {
  const receiver = await startHttpReceiver({ answer: kept.answer, mishap });
  started.push(receiver);
  return receiver;
};
afterEach(async () => {
  await Promise.all(started.splice(0).map((receiver) => receiver.stop()));
});

/** Of the calls that carry events. */
function everyThird(wrong: readonly Mishap[]): (call: Call) => Mishap {
  let calls = 0;
  return ({ path }) => {
    if (path.includes('/ack')) return null;
    calls += 1;
    return calls % 2 === 1 ? (wrong[((calls - 1) / 2) % wrong.length] ?? null) : null;
  };
}

describe.each(Object.keys(SETTINGS))('%s', (kind) => {
  const settings = (url: string): OpenSettings => {
    const make = SETTINGS[kind];
    if (make === undefined) throw new Error(kind);
    return make(url);
  };
  const newStore = (): ReceiverStore => STORES[kind]?.() ?? otlpStore();

  test('loses nothing and keeps the order whatever goes wrong', async () => {
    const head = await log(EVENTS);
    const name = `rough-${kind}`;
    await enrol(store.current, name);
    const kept = newStore();
    const receiver = await receive(
      kept,
      everyThird([
        { status: 503 },
        { cut: 'before' },
        { status: 429, headers: { 'retry-after': '1' } },
        { cut: 'after' },
        { lateByMs: 600 },
        { status: 500, body: 'x'.repeat(100_000) },
        { status: 307, headers: { location: 'http://127.0.0.1:9/' } },
      ]),
    );
    const row = await runUntil(store.current, { name, settings: settings(receiver.url) }, head);
    expect(judge(kept.events, head)).toMatchObject({ distinct: head, missing: 0, disordered: 0 });
    expect(row).toMatchObject({ sent: head, failures: 0, lastError: null });
    expect(await listSinkLetters(store.current.read(), { sink: name, limit: 10 })).toEqual([]);
  });

  test('gives up no event while a receiver is away, and says what is wrong', async () => {
    const head = await log(1);
    const name = `away-${kind}`;
    await enrol(store.current, name);
    const receiver = await receive(newStore());
    await receiver.stop();
    started.splice(0);
    const outcome = await runOnce(store.current, { name, settings: settings(receiver.url) });
    expect(outcome?.problem).toContain('cannot be reached');
    const row = await findSink(store.current.read(), { name });
    expect(row).toMatchObject({ cursor: 0, failures: 1, lastError: outcome?.problem });
    const [lag] = await readSinkLags(store.current.read(), { names: [name] });
    expect(lag).toMatchObject({ events: head });
    // It waits before it tries again.
    expect(await runOnce(store.current, { name, settings: settings(receiver.url) })).toBeNull();
  });
});

const noPartial = (events: readonly Received[]): number[] => events.map(({ sequence }) => sequence);

test('Elasticsearch: what it takes later is sent again, what it never takes is put aside, the rest is there once', async () => {
  const head = await log(60);
  const name = 'partial';
  await enrol(store.current, name);
  const tried = new Map<number, number>();
  const kept = elasticsearchStore({
    outcome: ({ sequence }) => {
      const times = (tried.get(sequence) ?? 0) + 1;
      tried.set(sequence, times);
      if (sequence % 10 === 3) return 400;
      if (sequence % 10 === 5 && times === 1) return 429;
      return sequence % 10 === 7 && times === 1 ? 503 : 201;
    },
  });
  const receiver = await receive(kept);
  const make = SETTINGS['elasticsearch'];
  if (make === undefined) throw new Error('no settings');
  const run = { name, settings: make(receiver.url) };
  const row = await runUntil(store.current, run, head);
  const aside = await listSinkLetters(store.current.read(), { sink: name, state: 'waiting', limit: 1_000 });
  expect(aside.map(({ sequence }) => sequence)).toEqual(
    Array.from({ length: head }, (_, index) => index + 1).filter((sequence) => sequence % 10 === 3),
  );
  expect(aside[0]?.reason).toBe('400 test_exception: status 400');
  expect(judge(kept.events, head - aside.length)).toMatchObject({ missing: 0, twice: 0 });
  expect(row.sent).toBe(head - aside.length);
});

describe('what a receiver refuses', () => {
  const splunk = (url: string): OpenSettings => {
    const make = SETTINGS['splunk-hec'];
    if (make === undefined) throw new Error('no settings');
    return make(url);
  };

  test('is found in its batch and put aside; sent again it is taken once the receiver takes it', async () => {
    const head = await log(50);
    const name = 'poison';
    await enrol(store.current, name);
    let refuses = true;
    const kept = splunkStore({ refuse: ({ sequence }) => refuses && [head - 20, head].includes(sequence) });
    const receiver = await receive(kept);
    const run = { name, settings: splunk(receiver.url) };
    await runUntil(store.current, run, head);
    const sequencesOf = async (state: 'waiting' | 'again' | 'sent'): Promise<number[]> => {
      const letters = await listSinkLetters(store.current.read(), { sink: name, state, limit: 10 });
      return letters.map(({ sequence }) => sequence);
    };
    expect(await sequencesOf('waiting')).toEqual([head - 20, head]);
    expect(noPartial(kept.events)).not.toContain(head);

    const again = { sink: name, sequence: head };
    expect(await askForSinkLetters(store.current.read(), again)).toBe(1);
    expect(await listSinksWithWork(store.current.read(), { names: [name], now: new Date() })).toEqual([name]);
    await runOnce(store.current, run);
    const [letter] = await listSinkLetters(store.current.read(), { sink: name, state: 'waiting', limit: 10 });
    expect(await sequencesOf('waiting')).toEqual([head - 20, head]);
    expect(letter?.attempts).toBe(1);

    refuses = false;
    await askForSinkLetters(store.current.read(), { sink: name, sequence: null });
    await runOnce(store.current, run);
    expect(await sequencesOf('sent')).toEqual([head - 20, head]);
    expect(judge(kept.events, head)).toMatchObject({ missing: 0 });
  });

  test.each([
    { refused: 100, putAside: 100 },
    { refused: 101, putAside: 0 },
  ])('$refused in a row: $putAside are put aside', async ({ refused, putAside }) => {
    const head = await log(refused);
    const name = `all-${refused}`;
    await enrolSink(store.current.read(), { name, kind: 'test', from: 'head', now: new Date() });
    await log(refused);
    const kept = splunkStore({ refuse: () => true });
    const receiver = await receive(kept);
    const outcome = await runOnce(store.current, { name, settings: splunk(receiver.url) });
    const letters = await listSinkLetters(store.current.read(), { sink: name, limit: 1_000 });
    expect(letters).toHaveLength(putAside);
    const row = await findSink(store.current.read(), { name });
    if (putAside > 0) expect(row).toMatchObject({ cursor: head + refused, refusedInRow: 100, sent: 0 });
    else {
      expect(outcome?.problem).toContain('it refuses every event');
      expect(row).toMatchObject({ cursor: head, sent: 0 });
    }
  });
});

test('a wrong token is no reason to give up events', async () => {
  const head = await log(1);
  await enrol(store.current, 'token');
  const receiver = await receive(splunkStore());
  const settings: OpenSettings = {
    ...COMMON,
    kind: 'splunk-hec',
    url: receiver.url,
    token: new Secret('another'),
    index: null,
    source: 'sallyport',
    sourcetype: 'sallyport:ocsf',
    acknowledgedWithinMs: 1_000,
  };
  const outcome = await runOnce(store.current, { name: 'token', settings });
  expect(outcome?.problem).toBe('it answered 403: Invalid token (code 4)');
  expect(await findSink(store.current.read(), { name: 'token' })).toMatchObject({ cursor: 0, failures: 1 });
  expect(await readSinkLags(store.current.read(), { names: ['token'] })).toMatchObject([{ events: head }]);
});

describe('a webhook', () => {
  const settingsWith = (url: string, secrets: readonly Buffer[]): OpenSettings => ({
    ...COMMON,
    kind: 'webhook',
    url,
    secrets: secrets.map(secretOf),
    signingKey: null,
    eventsPerMessage: 20,
  });

  test('that was cut off gets the same message under the same id, also when events came meanwhile', async () => {
    await log(5);
    const name = 'same-id';
    await enrolSink(store.current.read(), { name, kind: 'test', from: 'head', now: new Date() });
    await log(5);
    let first = true;
    const receiver = await receive(webhookStore([SECRET]), () => {
      if (!first) return null;
      first = false;
      return { cut: 'after' };
    });
    const run = { name, settings: settingsWith(receiver.url, [SECRET]) };
    await runOnce(store.current, run);
    const head = await log(5);
    await runUntil(store.current, run, head);
    const ids = receiver.calls.map(({ headers }) => headers['webhook-id']);
    expect(ids).toHaveLength(3);
    expect(ids[1]).toBe(ids[0]);
    expect(receiver.calls[1]?.body).toBe(receiver.calls[0]?.body);
    expect(ids[2]).not.toBe(ids[0]);
  });

  test('is signed with both secrets while one is changed for the other', async () => {
    const head = await log(1);
    await enrol(store.current, 'rotation');
    const kept = webhookStore([OLD_SECRET]);
    const receiver = await receive(kept);
    const settings = settingsWith(receiver.url, [SECRET, OLD_SECRET]);
    await runUntil(store.current, { name: 'rotation', settings }, head);
    expect(judge(kept.events, head)).toMatchObject({ missing: 0 });
  });

  test('that is gone is paused, and the log says so', async () => {
    await log(1);
    await enrol(store.current, 'gone');
    const receiver = await receive(webhookStore([SECRET]), () => ({ status: 410 }));
    const run = { name: 'gone', settings: settingsWith(receiver.url, [SECRET]) };
    await runOnce(store.current, run);
    const row = await findSink(store.current.read(), { name: 'gone' });
    expect(row?.pausedAt).not.toBeNull();
    expect(row).toMatchObject({ pausedBecause: 'it answered 410: Gone', cursor: 0 });
    await makeSinkDue(store.current.read(), run);
    expect(await runOnce(store.current, run)).toBeNull();
    expect(receiver.calls).toHaveLength(1);
    const events = await store.current
      .read()
      .execute<object[]>(`select subject, data from event where type = 'sink.paused'`);
    expect(events).toEqual([{ subject: 'gone', data: { because: 'it answered 410: Gone' } }]);
    logged += 1;
  });

  test('that answers too much, or too late, is not waited for', async () => {
    await log(1);
    await enrol(store.current, 'huge');
    const huge = await startHttpReceiver({
      answer: () => ({ status: 200, body: 'x'.repeat(5 * 1_048_576) }),
    });
    started.push(huge);
    const outcome = await runOnce(store.current, {
      name: 'huge',
      settings: settingsWith(huge.url, [SECRET]),
    });
    expect(outcome?.problem).toBe('its answer is larger than 4 MiB');
  });
});

test('of many processes one delivers, and a paused sink is left alone', async () => {
  const head = await log(40);
  await enrol(store.current, 'one');
  const kept = elasticsearchStore();
  const receiver = await receive(kept, () => ({ lateByMs: 50 }));
  const make = SETTINGS['elasticsearch'];
  if (make === undefined) throw new Error('no settings');
  const settings = make(receiver.url);
  const outcomes = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      runOnce(store.current, { name: 'one', settings, holder: `replica-${index}` }),
    ),
  );
  expect(outcomes.filter((outcome) => outcome !== null)).toHaveLength(1);
  expect(judge(kept.events, head)).toMatchObject({ missing: 0, twice: 0 });

  await log(1);
  const pause = { name: 'one', byId: null, because: 'it moves', now: new Date() };
  expect(await pauseSinkRow(store.current.read(), pause)).toBe(true);
  expect(await runOnce(store.current, { name: 'one', settings })).toBeNull();
});

test('a process that lost its turn moves nothing', async () => {
  const head = await log(3);
  await enrol(store.current, 'lost');
  const kept = elasticsearchStore();
  const receiver = await receive(kept);
  const make = SETTINGS['elasticsearch'];
  if (make === undefined) throw new Error('no settings');
  const slow = await receive(elasticsearchStore(), () => ({ lateByMs: 200 }));
  const losing = runOnce(store.current, { name: 'lost', settings: make(slow.url), holder: 'slow' });
  await expect.poll(() => slow.calls.length).toBe(1);
  await store.current.read().execute(`update sink set leased_until = '-infinity' where name = 'lost'`);
  await runUntil(store.current, { name: 'lost', settings: make(receiver.url), holder: 'fast' }, head);
  expect(await losing).toMatchObject({ sent: 0 });
  expect(await findSink(store.current.read(), { name: 'lost' })).toMatchObject({ cursor: head, sent: head });
});

test('a new sink begins at what happens from now on, and the cursor never goes back', async () => {
  const head = await log(1);
  const from = { name: 'fresh', kind: 'test', from: 'head', now: new Date() } as const;
  await enrolSink(store.current.read(), from);
  expect(await findSink(store.current.read(), from)).toMatchObject({ cursor: head });
  await enrolSink(store.current.read(), { ...from, from: 'start' });
  expect(await findSink(store.current.read(), from)).toMatchObject({ cursor: head });
  const back = store.current.read().execute(`update sink set cursor = cursor - 1 where name = 'fresh'`);
  await expect(back).rejects.toThrow('the cursor of sink fresh goes forward');
});
