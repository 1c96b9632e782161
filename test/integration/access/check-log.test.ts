/** The deployment's own look at its log. */
import { expect, test } from 'vitest';
import { checkLog } from '../../../src/access/audit-log.ts';
import { chainEvents } from '../../../src/audit/chain.ts';
import { appendEvents } from '../../../src/store/operations/append-event.ts';
import { listEvents } from '../../../src/store/operations/events.ts';
import { useTestAccess } from '../../support/access.ts';
import { makeSigner } from '../../support/signer.ts';

const DAY_MS = 24 * 3_600_000;
const access = useTestAccess();
const signer = makeSigner();

async function append(count: number): Promise<void> {
  const { context, clock } = access.current;
  const said = { type: 'vote.cast', actorId: 'p-1', subject: 'r-1', data: {} };
  const events = Array.from({ length: count }, () => ({ at: clock.now(), ...said }));
  await context.store.transaction((db) => appendEvents(db, events));
  await chainEvents(context.store, { signers: signer, clock });
}

async function tamper(sql: string): Promise<void> {
  await access.current.context.store.transaction(async (db) => {
    await db.execute('set local session_replication_role = replica');
    await db.execute(sql);
  });
}

const check = (): Promise<boolean> => checkLog(access.current.context, { key: signer.publicKey });

async function told(): Promise<readonly unknown[]> {
  const options = { subject: 'audit log', limit: 10 };
  const events = await listEvents(access.current.context.store.read(), options);
  return events.map(({ type, data }) => [type, data['code']]);
}

test('finds nothing wrong with a log as it was written, of any length', async () => {
  expect(await check()).toBe(true);
  await append(1);
  expect(await check()).toBe(true);
  await append(1_200);
  expect(await check()).toBe(true);
  expect(await told()).toEqual([]);
});

test('tells of a change once a day, while it lasts', async () => {
  await tamper(`update event set actor_id = 'p-2' where sequence = 700`);
  expect(await check()).toBe(false);
  expect(await check()).toBe(false);
  expect(await told()).toEqual([['verification.failed', 'event_altered']]);
  access.current.clock.stepMs(DAY_MS);
  expect(await check()).toBe(false);
  expect(await told()).toHaveLength(2);
  await tamper(`update event set actor_id = 'p-1' where sequence = 700`);
  expect(await check()).toBe(true);
});

test('tells of an end that was removed, by the head that was signed behind it', async () => {
  access.current.clock.stepMs(DAY_MS);
  await tamper('delete from event where sequence > 900');
  expect(await check()).toBe(false);
  expect((await told())[0]).toEqual(['verification.failed', 'cut']);
});
