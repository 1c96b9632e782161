import { LockMode } from '@mikro-orm/postgresql';
import { OutboxRow } from '../entities/event.ts';
import type { Database } from '../open-store.ts';

export interface OutboxEntry {
  readonly id: number;
  readonly job: string;
  readonly payload: Readonly<Record<string, string>>;
  readonly runAt: Date;
}

/** Writes jobs within the caller's transaction; the relay moves them into the queue after the commit. */
export async function insertOutboxEntries(
  db: Database,
  entries: readonly { job: string; payload: Readonly<Record<string, string>>; runAt: Date; now: Date }[],
): Promise<void> {
  if (entries.length === 0) return;
  await db.insertMany(
    OutboxRow,
    entries.map(({ job, payload, runAt, now }) => ({ job, payload: { ...payload }, runAt, createdAt: now })),
  );
  await db.execute(`select pg_notify('sallyport_outbox', '')`);
}

/**
 * Locks the oldest entries of these jobs that no other relay holds. The caller deletes them in the same
 * transaction.
 */
export async function lockOutboxEntries(
  db: Database,
  options: { jobs: readonly string[]; limit: number },
): Promise<readonly OutboxEntry[]> {
  return db.find(
    OutboxRow,
    { job: { $in: [...options.jobs] } },
    {
      limit: options.limit,
      orderBy: { id: 'asc' },
      lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE,
      disableIdentityMap: true,
    },
  );
}

export async function deleteOutboxEntries(db: Database, options: { ids: readonly number[] }): Promise<void> {
  await db.nativeDelete(OutboxRow, { id: { $in: [...options.ids] } });
}

/** How many entries wait, and since when the oldest does. */
export async function readOutboxLag(db: Database): Promise<{ waiting: number; oldest: Date | null }> {
  const [row] = await db.execute<{ waiting: string; oldest: Date | string | null }[]>(
    'select count(*) as waiting, min(created_at) as oldest from outbox',
  );
  const oldest = row?.oldest ?? null;
  return { waiting: Number(row?.waiting ?? 0), oldest: oldest === null ? null : new Date(oldest) };
}
