import { LockMode } from '@mikro-orm/postgresql';
import { OutboxRow } from '../entities/event.ts';
import type { Database } from '../open-store.ts';

export interface OutboxEntry {
  readonly id: number;
  readonly job: string;
  readonly payload: Readonly<Record<string, string>>;
  readonly runAt: Date;
}

/** Writes a job within the caller's transaction; the relay moves it into the queue after the commit. */
export async function insertOutboxEntry(
  db: Database,
  entry: { job: string; payload: Record<string, string>; runAt: Date; now: Date },
): Promise<void> {
  await db.insert(OutboxRow, { job: entry.job, payload: entry.payload, runAt: entry.runAt, createdAt: entry.now });
  await db.execute(`select pg_notify('sallyport_outbox', '')`);
}

/** Locks the oldest entries that no other relay holds. The caller deletes them in the same transaction. */
export async function lockOutboxEntries(db: Database, options: { limit: number }): Promise<readonly OutboxEntry[]> {
  return db.find(
    OutboxRow,
    {},
    { limit: options.limit, orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE, disableIdentityMap: true },
  );
}

export async function deleteOutboxEntries(db: Database, options: { ids: readonly number[] }): Promise<void> {
  await db.nativeDelete(OutboxRow, { id: { $in: [...options.ids] } });
}

/** For the metrics: how many wait, and since when. */
export async function readOutboxLag(db: Database): Promise<{ waiting: number; oldest: Date | null }> {
  const waiting = await db.count(OutboxRow);
  const oldest = await db.findOne(OutboxRow, { id: { $gt: 0 } }, { orderBy: { id: 'asc' }, disableIdentityMap: true });
  return { waiting, oldest: oldest?.createdAt ?? null };
}
