/** Alerts in chat: what is told, what is counted instead, and what is told only once. */
import { expect, test } from 'vitest';
import { raiseAlert, readAlert } from '../../../src/access/alerts/raise-alert.ts';
import { tellOfBrokenLog } from '../../../src/access/alerts/tell-of-broken-log.ts';
import { watchLog } from '../../../src/access/alerts/watch-log.ts';
import { watchSinks } from '../../../src/access/alerts/watch-sinks.ts';
import { recordEvent } from '../../../src/access/record.ts';
import { chainEvents } from '../../../src/audit/chain.ts';
import { alertCard } from '../../../src/bot/cards/alert-card.ts';
import { AppError } from '../../../src/core/errors.ts';
import { takeNewDenials } from '../../../src/store/operations/session-denials.ts';
import { keepSinkLetters } from '../../../src/store/operations/sink-letters.ts';
import { enrolSink } from '../../../src/store/operations/sinks.ts';
import { TEST_POLICY, useTestAccess } from '../../support/access.ts';

const MINUTE_MS = 60_000;
const access = useTestAccess({
  policy: `${TEST_POLICY}
alerts: { channel: security, groupFor: 10m, sinkBehind: 1m }
sinks:
  - { name: siem, kind: otlp, url: "http://127.0.0.1:9/v1/logs" }
`,
});

async function happens(type: 'break-glass.taken' | 'session.stopped' | 'job.gave-up', subject: string) {
  const { store, context } = access.current;
  await store.transaction((db) =>
    recordEvent(db, { at: context.clock.now(), type, actorId: null, subject, data: { rule: 'bulk-egress' } }),
  );
  await chainEvents(store);
  await watchLog(context, { replica: 'one' });
}

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly groupKey: string;
  readonly count: number;
  readonly facts: Record<string, string>;
}

function alerts(kind: string): Promise<Row[]> {
  return access.current.store
    .read()
    .execute<Row[]>(
      `select id, kind, group_key as "groupKey", count::int as count, facts from alert where kind = ? order by first_at, id`,
      [kind],
    );
}

function cardsAsked(id: string): Promise<{ waitMs: number }[]> {
  return access.current.store.read().execute<{ waitMs: number }[]>(
    `select (extract(epoch from run_at - created_at) * 1000)::int as "waitMs" from outbox
        where payload = jsonb_build_object('subject', 'alert', 'id', ?::text) order by id`,
    [id],
  );
}

test('the log is watched from when alerts are on, and an event is told once, however many watch', async () => {
  const { store, context } = access.current;
  await happens('break-glass.taken', 'g-before');
  expect(await alerts('break-glass')).toEqual([]);
  await store.transaction((db) =>
    recordEvent(db, {
      at: context.clock.now(),
      type: 'break-glass.taken',
      actorId: null,
      subject: 'g-after',
    }),
  );
  await chainEvents(store);
  await Promise.all(['one', 'two', 'three'].map((replica) => watchLog(context, { replica })));
  await watchLog(context, { replica: 'one' });
  const [alert, ...more] = await alerts('break-glass');
  expect(more).toEqual([]);
  expect(alert).toMatchObject({ groupKey: 'g-after', count: 1, facts: { subject: 'g-after' } });
  expect(await cardsAsked(alert?.id ?? '')).toHaveLength(1);
});

test('a loop is one message with a counter, which is edited now and then', async () => {
  const { clock, context } = access.current;
  for (let times = 0; times < 40; times += 1) {
    await happens('session.stopped', 's-loop');
    clock.stepMs(1_000);
  }
  const [alert, ...more] = await alerts('stopped-session');
  expect(more).toEqual([]);
  expect(alert).toMatchObject({ count: 40 });
  const asked = await cardsAsked(alert?.id ?? '');
  // At once, and then every 15 seconds.
  expect(asked.length).toBeGreaterThanOrEqual(3);
  expect(asked.length).toBeLessThanOrEqual(5);
  expect(asked[0]?.waitMs).toBe(0);
  const view = await readAlert(context, { id: alert?.id ?? '' });
  const card = alertCard(view, context.settings);
  expect(card.title).toBe('A session was stopped by a rule');
  expect(card.status).toMatch(/^40 times since .+, the last one at .+\.$/);
  expect(card.fields).toContainEqual({ label: 'Rule', value: 'bulk-egress' });
});

test('what comes after the time of a message is another message', async () => {
  const { clock } = access.current;
  await happens('session.stopped', 's-again');
  clock.stepMs(10 * MINUTE_MS);
  await happens('session.stopped', 's-again');
  const messages = (await alerts('stopped-session')).filter(({ groupKey }) => groupKey === 's-again');
  expect(messages).toHaveLength(2);
});

test('many things at a time are 20 messages, and one for the rest', async () => {
  const { store, context, clock } = access.current;
  clock.stepMs(60 * MINUTE_MS);
  for (let index = 0; index < 30; index += 1) {
    const alert = {
      kind: 'denied-command',
      groupKey: `who-${index}`,
      facts: { who: 'x' },
      count: 1,
    } as const;
    await store.transaction((db) => raiseAlert(context, db, alert));
  }
  const messages = await alerts('denied-command');
  expect(messages).toHaveLength(21);
  expect(messages.find(({ groupKey }) => groupKey === '*')).toMatchObject({ count: 10 });
});

test('old events are not told, and neither is what the policy does not name', async () => {
  const { store, context, clock, applyPolicy } = access.current;
  const before = (await alerts('break-glass')).length;
  await store.transaction((db) =>
    recordEvent(db, {
      at: new Date(clock.now().getTime() - 61 * MINUTE_MS),
      type: 'break-glass.taken',
      actorId: null,
      subject: 'g-old',
    }),
  );
  await chainEvents(store);
  await watchLog(context, { replica: 'one' });
  applyPolicy(`${TEST_POLICY}\nalerts: { on: [dead-letter] }`);
  await happens('break-glass.taken', 'g-unnamed');
  expect(await alerts('break-glass')).toHaveLength(before);
  await happens('job.gave-up', 'j-1');
  expect(await alerts('dead-letter')).toMatchObject([{ count: 1 }]);
});

test('a sink that is behind is told, and that it has caught up; so are events that it refused', async () => {
  const { store, context, clock, applyPolicy } = access.current;
  applyPolicy(`${TEST_POLICY}
alerts: { on: [sink-behind, dead-letter], sinkBehind: 1m }
sinks:
  - { name: siem, kind: otlp, url: "http://127.0.0.1:9/v1/logs" }
`);
  await enrolSink(store.read(), { name: 'siem', kind: 'otlp', from: 'head', now: clock.now() });
  await happens('job.gave-up', 'j-2');
  clock.stepMs(59_000);
  await watchSinks(context);
  expect(await alerts('sink-behind')).toEqual([]);
  clock.stepMs(2_500);
  for (let times = 0; times < 5; times += 1) await watchSinks(context);
  const [behind, ...more] = await alerts('sink-behind');
  expect(more).toEqual([]);
  expect(behind).toMatchObject({ count: 1, facts: { sink: 'siem', state: 'holds' } });
  expect(behind?.facts['behind']).toMatch(/^1m\d+s, 1 events$/);

  const sequence = Number(
    (await store.read().execute<{ max: string }[]>('select max(sequence) from event'))[0]?.max,
  );
  await keepSinkLetters(store.read(), {
    sink: 'siem',
    refusals: [{ sequence, reason: '400' }],
    now: clock.now(),
  });
  await store.read().execute(`update sink set cursor = ? where name = 'siem'`, [sequence]);
  await watchSinks(context);
  expect(await alerts('sink-behind')).toMatchObject([{ facts: { state: 'over' } }]);
  const refused = (await alerts('dead-letter')).filter(({ groupKey }) => groupKey === 'sink siem');
  expect(refused).toMatchObject([{ facts: { refused: '1', state: 'holds' } }]);
  const view = await readAlert(context, { id: behind?.id ?? '' });
  expect(alertCard(view, context.settings)).toMatchObject({
    tone: 'neutral',
    status: expect.stringMatching(/^Over since /),
  });
});

test('an event that is not what its hash says is told', async () => {
  const { store, context, applyPolicy } = access.current;
  applyPolicy(`${TEST_POLICY}\nalerts: {}`);
  await store.transaction((db) =>
    recordEvent(db, { at: context.clock.now(), type: 'request.created', actorId: null, subject: 'r-forged' }),
  );
  await chainEvents(store);
  await store.transaction(async (db) => {
    await db.execute('set local session_replication_role = replica');
    await db.execute(`update event set data = '{"forged":true}' where subject = 'r-forged'`);
  });
  await watchLog(context, { replica: 'one' });
  const [alert] = await alerts('failed-verification');
  expect(alert?.facts).toMatchObject({ what: 'audit log' });
  expect(alert?.facts['problem']).toMatch(/^event \d+ is not what its hash says$/);
  for (let times = 0; times < 3; times += 1) {
    await tellOfBrokenLog(context, new AppError('conflict', 'the log was cut'));
  }
  const told = (await alerts('failed-verification')).filter(({ groupKey }) => groupKey === 'signed head');
  expect(told).toMatchObject([{ count: 1, facts: { problem: 'the log was cut' } }]);
});

test('denials of a session that nobody knows are no events', async () => {
  const sessions = [{ id: 's-nobody', denied: 3 }];
  expect(await takeNewDenials(access.current.store.read(), { sessions })).toEqual([]);
});
