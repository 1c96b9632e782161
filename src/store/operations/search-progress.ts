/** How far each recording has been read into the search. */
import type { Database } from '../open-store.ts';

export interface ReadingTurn {
  readonly sessionId: string;
  readonly resource: string;
  /** Events of the recording that are in the search. */
  readonly events: number;
  readonly endedAt: Date | null;
  /** Its recording has its final hash. */
  readonly isSealed: boolean;
}

/** Sessions whose recordings are not in the search to their end, the newest first. */
export async function listSessionsToRead(
  db: Database,
  options: { now: Date; limit: number },
): Promise<readonly ReadingTurn[]> {
  const rows = await db.execute<
    (Omit<ReadingTurn, 'events' | 'endedAt'> & { events: string; endedAt: string | null })[]
  >(
    `select p.session_id as "sessionId", r.resource, p.events, s.ended_at as "endedAt",
            s.recording_head is not null as "isSealed"
       from search_progress p join session s on s.id = p.session_id
       join access_grant g on g.id = s.grant_id join access_request r on r.id = g.request_id
      where not p.complete and p.look_at <= ?
      order by s.ended_at is not null, s.started_at desc limit ?`,
    [options.now, options.limit],
  );
  return rows.map(({ events, endedAt, ...row }) => ({
    ...row,
    events: Number(events),
    endedAt: endedAt === null ? null : new Date(endedAt),
  }));
}

/** Sessions that have ended and are not in the search to their end, and when the first of them ended. */
export async function searchLag(db: Database): Promise<{ waiting: number; oldest: Date | null }> {
  const [row] = await db.execute<{ waiting: number; oldest: Date | string | null }[]>(
    `select count(*)::int as waiting, min(s.ended_at) as oldest
       from search_progress p join session s on s.id = p.session_id
      where not p.complete and s.ended_at is not null`,
  );
  const oldest = row?.oldest ?? null;
  return { waiting: row?.waiting ?? 0, oldest: oldest === null ? null : new Date(oldest) };
}

/**
 * Notes how far a recording has been read; what was found until then has to be stored in the same transaction.
 * @returns false when somebody else has read on meanwhile: nothing was noted
 */
export async function noteReading(
  db: Database,
  noted: {
    readonly sessionId: string;
    readonly from: number;
    readonly to: number;
    readonly entries: number;
    readonly complete: boolean;
    /** Why it was read only in part. */
    readonly problem: string | null;
  },
): Promise<boolean> {
  const rows = await db.execute<unknown[]>(
    `update search_progress set events = ?, entries = greatest(entries, ?), complete = ?, problem = ?
      where session_id = ? and events = ? and not complete returning session_id`,
    [noted.to, noted.entries, noted.complete, noted.problem, noted.sessionId, noted.from],
  );
  return rows.length === 1;
}

/** There is nothing to read for now. */
export async function lookAgainAt(db: Database, options: { sessionId: string; at: Date }): Promise<void> {
  await db.execute('update search_progress set look_at = ? where session_id = ? and not complete', [
    options.at,
    options.sessionId,
  ]);
}

/** There is nothing to read, and there will not be. */
export async function giveUpReading(
  db: Database,
  options: { sessionId: string; problem: string },
): Promise<void> {
  await db.execute('update search_progress set complete = true, problem = ? where session_id = ?', [
    options.problem,
    options.sessionId,
  ]);
}

/**
 * Has recordings read anew from their beginning. What is known of them is found until that has begun.
 * @param options.sessionId null for all
 * @returns how many
 */
export async function readAnew(
  db: Database,
  options: { sessionId: string | null; now: Date },
): Promise<number> {
  const rows = await db.execute<unknown[]>(
    `update search_progress set events = 0, complete = false, problem = null, look_at = ?
      where ?::text is null or session_id = ? returning session_id`,
    [options.now, options.sessionId, options.sessionId],
  );
  return rows.length;
}
