import { LockMode } from '@mikro-orm/postgresql';
import { OutboxRow } from '../entities/event.ts';
import type { Database } from '../open-store.ts';
import { writeAtCommit } from '../write-at-commit.ts';

export interface OutboxEntry {
  readonly id: number;
  readonly job: string;
  readonly payload: Readonly<Record<string, string>>;
  readonly runAt: Date;
}

interface NewEntry {
  readonly job: string;
  readonly payload: Readonly<Record<string, string>>;
  readonly runAt: Date;
  readonly now: Date;
}

/** Writes jobs at the end of the caller's transaction; the relay moves them into the queue after the commit. */
export async function insertOutboxEntries(db: Database, entries: readonly NewEntry[]): Promise<void> {
  await writeAtCommit(db, insertEntries, entries);
}

async function insertEntries(db: Database, entries: readonly NewEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await db.execute(
    `with entries as (
       insert into outbox (job, payload, run_at, created_at)
       select job, payload, "runAt", now
         from rows from (jsonb_to_recordset(?::jsonb)
                         as (job text, payload jsonb, "runAt" timestamptz, now timestamptz))
              with ordinality
        order by ordinality
     )
     select pg_notify('sallyport_outbox', '')`,
    [JSON.stringify(entries)],
  );
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
