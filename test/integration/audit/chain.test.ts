import { expect, test } from 'vitest';
import { chainEvents, verifyChain } from '../../../src/audit/chain.ts';
import { CHAIN_START_SHA256 } from '../../../src/audit/logged-event.ts';
import { appendEvents } from '../../../src/store/operations/append-event.ts';
import { useTestStore } from '../../support/store.ts';

const store = useTestStore();

const append = (count: number): Promise<void> =>
  store.current.transaction(async (db) => {
    const events = Array.from({ length: count }, (_, index) => ({
      at: new Date(),
      type: 'vote.cast',
      actorId: index % 2 === 0 ? 'p-1' : null,
      subject: `r-${index}`,
      data: { z: index, a: { nested: [1, 'two', null] } },
    }));
    await appendEvents(db, events);
  });

/** What someone with full rights on the database could do. */
const tamper = (sql: string): Promise<unknown> =>
  store.current.transaction(async (db) => {
    await db.execute('set local session_replication_role = replica');
    await db.execute(sql);
  });

test('an empty log verifies', async () => {
  expect(await verifyChain(store.current)).toEqual({
    ok: true,
    events: 0,
    headSha256: CHAIN_START_SHA256,
    problems: [],
  });
});

test('chainers that run at once give each event one place, in order', async () => {
  await append(40);
  await Promise.all(Array.from({ length: 8 }, () => chainEvents(store.current)));
  await chainEvents(store.current);
  await append(3);
  await chainEvents(store.current);
  const report = await verifyChain(store.current);
  expect(report).toMatchObject({ ok: true, events: 43 });
  expect(await chainEvents(store.current)).toBe(0);
});

test('an event rolled back with its transaction is in no chain', async () => {
  const before = await verifyChain(store.current);
  await expect(
    store.current.transaction(async (db) => {
      await appendEvents(db, [
        { at: new Date(), type: 'vote.cast', actorId: null, subject: 'r-x', data: {} },
      ]);
      throw new Error('the decision failed');
    }),
  ).rejects.toThrow('the decision failed');
  await chainEvents(store.current);
  expect(await verifyChain(store.current)).toEqual(before);
});

test('an altered event, a changed order and a missing event are named', async () => {
  await tamper(`update event set actor_id = 'p-2' where sequence = 7`);
  expect(await verifyChain(store.current)).toMatchObject({
    ok: false,
    problems: [{ sequence: 7, message: 'event 7 was altered' }],
  });
  await tamper(`update event set actor_id = 'p-1' where sequence = 7`);
  expect((await verifyChain(store.current)).ok).toBe(true);

  await tamper(
    `update event set sequence = case sequence when 5 then 6 else 5 end where sequence in (5, 6)`,
  ).catch(() => undefined);
  await tamper(`delete from event where sequence = 20`);
  expect(await verifyChain(store.current)).toMatchObject({
    ok: false,
    problems: [{ sequence: 20, message: 'event 20 is missing' }],
  });
});
