import { afterEach, expect, test } from 'vitest';
import { chainEvents } from '../../../src/audit/chain.ts';
import { headOf } from '../../../src/audit/heads.ts';
import { isHeadSignedBy, type SignedHead } from '../../../src/audit/signed-head.ts';
import { appendEvents } from '../../../src/store/operations/append-event.ts';
import { listAuditHeads } from '../../../src/store/operations/audit-heads.ts';
import { findEventSha256 } from '../../../src/store/operations/events.ts';
import { makeSigner } from '../../support/signer.ts';
import { useTestStore } from '../../support/store.ts';

const SECOND_MS = 1_000;
const store = useTestStore();
const signer = makeSigner();
const clock = {
  at: new Date('2026-11-21T22:00:00.000Z'),
  now: () => clock.at,
  pass: (ms: number) => {
    clock.at = new Date(clock.at.getTime() + ms);
  },
};

async function append(count: number): Promise<void> {
  const events = Array.from({ length: count }, () => ({
    at: clock.now(),
    type: 'vote.cast',
    actorId: null,
    subject: 'r-1',
    data: {},
  }));
  await store.current.transaction((db) => appendEvents(db, events));
}

const chain = (): Promise<number> => chainEvents(store.current, { signers: signer, clock });

async function heads(): Promise<readonly (SignedHead & { day: string | null })[]> {
  const rows = await listAuditHeads(store.current.read(), { from: 0, to: Number.MAX_SAFE_INTEGER });
  return rows.map((row) => ({ ...headOf(row), day: row.day ?? null }));
}

async function lastHead(): Promise<SignedHead & { day: string | null }> {
  const last = (await heads()).at(-1);
  if (last === undefined) throw new Error('there is no head');
  return last;
}

async function tamper(sql: string): Promise<void> {
  await store.current.transaction(async (db) => {
    await db.execute('set local session_replication_role = replica');
    await db.execute(sql);
  });
}

afterEach(async () => {
  const { current } = store;
  for (const head of await heads()) {
    expect(isHeadSignedBy(signer.publicKey, head)).toBe(true);
    expect(await findEventSha256(current.read(), head)).toBe(head.sha256);
  }
});

test('nothing is signed before the first event, and that one at once', async () => {
  await chain();
  expect(await heads()).toEqual([]);
  await append(3);
  await chain();
  expect(await heads()).toMatchObject([{ sequence: 3, at: '2026-11-21T22:00:00.000Z', day: null }]);
});

test('while events arrive the head is signed once a minute, and no earlier', async () => {
  await append(1);
  clock.pass(60 * SECOND_MS - 1);
  await chain();
  expect(await heads()).toHaveLength(1);
  clock.pass(1);
  await chain();
  expect(await lastHead()).toMatchObject({ sequence: 4 });
  clock.pass(600 * SECOND_MS);
  await chain();
  expect(await heads()).toHaveLength(2);
});

test('a thousand events do not wait for the minute to end, and many are placed in one go', async () => {
  await append(1);
  await chain();
  await append(999);
  await chain();
  expect((await lastHead()).sequence).toBe(5);
  await append(1);
  await chain();
  expect((await lastHead()).sequence).toBe(1_005);
  await append(1_700);
  expect(await chain()).toBe(1_700);
});

test('a new day has one head of its own, with or without events', async () => {
  clock.pass(24 * 3_600 * SECOND_MS);
  await Promise.all([chain(), chain(), chain()]);
  await chain();
  expect((await heads()).filter(({ day }) => day !== null)).toMatchObject([
    { day: '2026-11-22', sequence: 2_705 },
  ]);
  clock.pass(24 * 3_600 * SECOND_MS);
  await chain();
  expect(await lastHead()).toMatchObject({ day: '2026-11-23', sequence: 2_705 });
});

test('heads and events can neither be changed nor removed nor emptied away', async () => {
  const run = (sql: string) => store.current.read().execute(sql);
  for (const sql of [
    `update audit_head set sha256 = repeat('0', 64)`,
    `delete from audit_head where day is null`,
    'truncate audit_head',
    'truncate event cascade',
    `delete from event where sequence = 1`,
    `update event set data = '{}' where sequence = 1`,
  ]) {
    await expect(run(sql)).rejects.toThrow(/append-only/);
  }
});

test('whoever rewrites what was signed gets no signature for what follows', async () => {
  const before = await heads();
  const [row] = await store.current
    .read()
    .execute<{ sha256: string }[]>('select sha256 from event where sequence = 2705');
  await tamper(`update event set sha256 = repeat('a', 64) where sequence = 2705`);
  clock.pass(120 * SECOND_MS);
  await append(1);
  await expect(chain()).rejects.toMatchObject({ code: 'conflict', context: { sequence: 2_705 } });
  await expect(chain()).rejects.toThrow('has another event 2705');
  await tamper(`update event set sha256 = '${row?.sha256}' where sequence = 2705`);
  expect(await heads()).toEqual(before);

  await tamper('delete from event where sequence > 2700');
  await append(1);
  await expect(chain()).rejects.toThrow('ends with event 2701');
  await tamper('delete from audit_head where sequence > 2700');
});
