/** How far each receiver of the audit log has come, and who delivers to it. */
import { EventRow } from '../entities/event.ts';
import { SinkRow } from '../entities/sink.ts';
import type { Database } from '../open-store.ts';
import { findChainHead } from './events.ts';

/** Does nothing to one that is known: it goes on where it was. @param sink.from where a new one begins */
export async function enrolSink(
  db: Database,
  sink: { readonly name: string; readonly kind: string; readonly from: 'head' | 'start'; readonly now: Date },
): Promise<void> {
  await db.execute(
    `insert into sink (name, kind, cursor, created_at)
     select ?, ?, case when ? then 0 else coalesce((select max(sequence) from event), 0) end, ?
         on conflict (name) do update set kind = excluded.kind where sink.kind <> excluded.kind`,
    [sink.name, sink.kind, sink.from === 'start', sink.now],
  );
}

/** Who delivers: what was leased by somebody else meanwhile is not theirs to change. */
export interface SinkLease {
  readonly name: string;
  readonly holder: string;
}

/**
 * Asks for the right to deliver; nobody else gets it for `leaseMs`.
 * @returns null while somebody else has it, while it is paused, and before its next attempt is due
 */
export async function leaseSink(
  db: Database,
  lease: SinkLease & { readonly now: Date; readonly leaseMs: number },
): Promise<SinkRow | null> {
  const { name, holder, now, leaseMs } = lease;
  const [leased] = await db.execute<{ name: string }[]>(
    `update sink set holder = ?, leased_until = ?
      where name = ? and paused_at is null and next_attempt_at <= ?
        and (holder is null or holder = ? or leased_until <= ?)
      returning name`,
    [holder, new Date(now.getTime() + leaseMs), name, now, holder, now],
  );
  return leased === undefined ? null : findSink(db, { name });
}

/** @returns false when the lease is lost, or the sink was paused */
export async function keepSinkLease(
  db: Database,
  lease: SinkLease & { readonly now: Date; readonly leaseMs: number },
): Promise<boolean> {
  const kept = await db.execute<object[]>(
    `update sink set leased_until = ? where name = ? and holder = ? and paused_at is null returning name`,
    [new Date(lease.now.getTime() + lease.leaseMs), lease.name, lease.holder],
  );
  return kept.length === 1;
}

export async function releaseSink(db: Database, { name, holder }: SinkLease): Promise<void> {
  await db.nativeUpdate(SinkRow, { name, holder }, { holder: null, leasedUntil: null });
}

/** Fixes where the batch ends that begins behind the cursor, so that another attempt sends the same one. */
export async function setSinkBatch(
  db: Database,
  batch: SinkLease & { readonly cursor: number; readonly batchTo: number },
): Promise<boolean> {
  const { name, holder, cursor, batchTo } = batch;
  return (await db.nativeUpdate(SinkRow, { name, holder, cursor }, { batchTo })) === 1;
}

/** What was delivered or put aside is behind the cursor. @returns false when the lease is lost */
export async function advanceSink(
  db: Database,
  step: SinkLease & {
    readonly cursor: number;
    readonly to: number;
    readonly sent: number;
    readonly refusedInRow: number;
    readonly now: Date;
  },
): Promise<boolean> {
  const { name, holder, cursor, to, sent, refusedInRow, now } = step;
  const moved = await db.execute<object[]>(
    `update sink set cursor = ?, batch_to = null, sent = sent + ?, refused_in_row = ?, failures = 0,
                     last_error = null, last_sent_at = case when ? then ?::timestamptz else last_sent_at end
      where name = ? and holder = ? and cursor = ? returning name`,
    [to, sent, refusedInRow, sent > 0, now, name, holder, cursor],
  );
  return moved.length === 1;
}

/** It failed, and is tried again at `nextAttemptAt`; the lease ends. */
export async function noteSinkFailure(
  db: Database,
  failure: SinkLease & { readonly reason: string; readonly now: Date; readonly nextAttemptAt: Date },
): Promise<void> {
  const { name, holder, reason, now, nextAttemptAt } = failure;
  await db.execute(
    `update sink set failures = failures + 1, last_error = ?, last_error_at = ?, next_attempt_at = ?,
                     holder = null, leased_until = null
      where name = ? and holder = ?`,
    [reason, now, nextAttemptAt, name, holder],
  );
}

/** @returns true if it was not paused before */
export async function pauseSinkRow(
  db: Database,
  pause: {
    readonly name: string;
    readonly byId: string | null;
    readonly because: string;
    readonly now: Date;
  },
): Promise<boolean> {
  const { name, byId, because, now } = pause;
  const paused = await db.nativeUpdate(
    SinkRow,
    { name, pausedAt: null },
    { pausedAt: now, pausedBy: byId, pausedBecause: because },
  );
  return paused === 1;
}

/** Its next attempt is due at once. @returns true if it was paused before */
export async function resumeSinkRow(db: Database, { name }: { readonly name: string }): Promise<boolean> {
  const resumed = await db.nativeUpdate(
    SinkRow,
    { name, pausedAt: { $ne: null } },
    { pausedAt: null, pausedBy: null, pausedBecause: null },
  );
  if (resumed === 1) await makeSinkDue(db, { name });
  return resumed === 1;
}

/** Whatever it waits for, it is tried at once. */
export async function makeSinkDue(db: Database, { name }: { readonly name: string }): Promise<void> {
  await db.execute(`update sink set next_attempt_at = '-infinity' where name = ?`, [name]);
}

export async function findSink(db: Database, { name }: { readonly name: string }): Promise<SinkRow | null> {
  return db.findOne(SinkRow, { name }, { populate: ['pausedBy'], disableIdentityMap: true });
}

export interface SinkLag {
  readonly name: string;
  /** Events of the log behind the cursor, those without a place in the chain among them. */
  readonly events: number;
  /** Of the first of them. */
  readonly oldestAt: Date | null;
}

/** How far each of these is behind the log; one that is not known yet is left out. */
export async function readSinkLags(
  db: Database,
  { names }: { readonly names: readonly string[] },
): Promise<readonly SinkLag[]> {
  const head = (await findChainHead(db))?.sequence ?? 0;
  const [waiting] = await db.execute<{ count: string; oldest: Date | string | null }[]>(
    `select count(*)::text as count, min(at) as oldest from event where sequence is null`,
  );
  const unchained = Number(waiting?.count ?? 0);
  const rows = await db.execute<{ name: string; cursor: string; at: Date | string | null }[]>(
    `select s.name, s.cursor::text as cursor, e.at
       from sink s left join event e on e.sequence = s.cursor + 1
      where s.name in (select jsonb_array_elements_text(?::jsonb))`,
    [JSON.stringify(names)],
  );
  return rows.map(({ name, cursor, at }) => {
    const oldest = at ?? waiting?.oldest ?? null;
    return {
      name,
      events: Math.max(0, head - Number(cursor)) + unchained,
      oldestAt: oldest === null ? null : new Date(oldest),
    };
  });
}

/** Names of these sinks behind whose cursor something stands, or that have letters to send again. */
export async function listSinksWithWork(
  db: Database,
  options: { readonly names: readonly string[]; readonly now: Date },
): Promise<readonly string[]> {
  const rows = await db.execute<{ name: string }[]>(
    `select s.name from sink s
      where s.name in (select jsonb_array_elements_text(?::jsonb))
        and s.paused_at is null and s.next_attempt_at <= ? and (s.holder is null or s.leased_until <= ?)
        and (exists (select 1 from event e where e.sequence = s.cursor + 1)
             or exists (select 1 from sink_letter l where l.sink = s.name and l.state = 'again'))
      order by s.name`,
    [JSON.stringify(options.names), options.now, options.now],
  );
  return rows.map((row) => row.name);
}

export async function listSinkRows(
  db: Database,
  { names }: { readonly names: readonly string[] },
): Promise<readonly SinkRow[]> {
  return db.find(
    SinkRow,
    { name: { $in: [...names] } },
    { populate: ['pausedBy'], disableIdentityMap: true },
  );
}

/** Events of the chain by their places, in order. */
export async function listEventsAt(
  db: Database,
  { sequences }: { readonly sequences: readonly number[] },
): Promise<readonly EventRow[]> {
  return db.find(
    EventRow,
    { sequence: { $in: [...sequences] } },
    { orderBy: { sequence: 'asc' }, disableIdentityMap: true },
  );
}
