/** Recordings that are kept whatever the retention says, and those that it lets go. */
import { RecordingHoldRow } from '../entities/recording.ts';
import type { Database } from '../open-store.ts';

/** Until the transaction ends nothing is put on hold, released or deleted by anybody else. */
export async function lockRecordingHolds(db: Database): Promise<void> {
  await db.execute(`select pg_advisory_xact_lock(hashtextextended('recording-holds', 0))`);
}

export async function insertRecordingHold(
  db: Database,
  hold: {
    id: string;
    sessionId: string | null;
    incident: string | null;
    because: string;
    placedAt: Date;
    placedById: string;
  },
): Promise<void> {
  const { sessionId, placedById, ...rest } = hold;
  await db.insert(RecordingHoldRow, {
    ...rest,
    session: sessionId,
    placedBy: placedById,
    releasedAt: null,
    releasedBy: null,
    releasedBecause: null,
  });
}

/** @returns true if it was in force */
export async function releaseRecordingHold(
  db: Database,
  options: { id: string; at: Date; byId: string; because: string },
): Promise<boolean> {
  const { id, at, byId, because } = options;
  const changed = await db.nativeUpdate(
    RecordingHoldRow,
    { id, releasedAt: null },
    { releasedAt: at, releasedBy: byId, releasedBecause: because },
  );
  return changed === 1;
}

/** Newest first. */
export async function listRecordingHolds(
  db: Database,
  options: { id?: string; sessionId?: string; incident?: string; inForce?: boolean; limit: number },
): Promise<readonly RecordingHoldRow[]> {
  const { id, sessionId, incident, inForce, limit } = options;
  return db.find(
    RecordingHoldRow,
    {
      ...(id === undefined ? {} : { id }),
      ...(sessionId === undefined ? {} : { session: sessionId }),
      ...(incident === undefined ? {} : { incident }),
      ...(inForce === true ? { releasedAt: null } : {}),
    },
    {
      populate: ['placedBy', 'releasedBy'],
      orderBy: { placedAt: 'desc', id: 'desc' },
      limit,
      disableIdentityMap: true,
    },
  );
}

/** True for a session whose recording is on hold: itself, or its incident. */
export async function isOnHold(db: Database, options: { sessionId: string }): Promise<boolean> {
  const [row] = await db.execute<{ held: boolean }[]>(
    `select exists (select 1 from recording_hold h where h.released_at is null and ${HOLDS_SESSION}) as held
       from session s join access_grant g on g.id = s.grant_id join access_request r on r.id = g.request_id
      where s.id = ?`,
    [options.sessionId],
  );
  return row?.held === true;
}

export interface DueRecording {
  readonly sessionId: string;
  readonly head: string | null;
  readonly bytes: number | null;
  /** For so long recordings like it are kept. */
  readonly keepMs: number;
}

/** Sessions whose recording nobody has to keep any more, the oldest first. What no rule fits is not among them. */
export async function listRecordingsDue(
  db: Database,
  options: {
    rules: readonly { readonly labels: Readonly<Record<string, string>>; readonly keep: number }[];
    now: Date;
    limit: number;
  },
): Promise<readonly DueRecording[]> {
  const rows = await db.execute<
    (Omit<DueRecording, 'bytes' | 'keepMs'> & { bytes: string | null; keepMs: string })[]
  >(
    `select s.id as "sessionId", s.recording_head as head, kept.bytes, due.keep as "keepMs"
       from session s
       join access_grant g on g.id = s.grant_id
       join access_request r on r.id = g.request_id
       left join recording kept on kept.session_id = s.id
      cross join lateral (select max(rule.keep) as keep
              from jsonb_to_recordset(?::jsonb) as rule (labels jsonb, keep bigint)
             where s.labels @> rule.labels) due
      where s.ended_at + due.keep * interval '1 millisecond' <= ?::timestamptz
        and kept.deleted_at is null
        and not exists (select 1 from recording_hold h where h.released_at is null and ${HOLDS_SESSION})
      order by s.ended_at, s.id limit ?`,
    [JSON.stringify(options.rules), options.now, options.limit],
  );
  return rows.map((row) => ({
    ...row,
    bytes: row.bytes === null ? null : Number(row.bytes),
    keepMs: Number(row.keepMs),
  }));
}

const HOLDS_SESSION = '(h.session_id = s.id or h.incident = r.incident)';

/** What was recorded of them in the database goes too. @returns those that this call deleted */
export async function markRecordingsDeleted(
  db: Database,
  options: { recordings: readonly { readonly sessionId: string; readonly because: string }[]; at: Date },
): Promise<readonly string[]> {
  const rows = await db.execute<{ id: string }[]>(
    `with gone as (
       insert into recording as mine (session_id, deleted_at, deleted_because)
       select "sessionId", ?::timestamptz, because from jsonb_to_recordset(?::jsonb) as r ("sessionId" text, because text)
       on conflict (session_id) do update
          set deleted_at = excluded.deleted_at, deleted_because = excluded.deleted_because
        where mine.deleted_at is null
       returning session_id
     ), emptied as (
       update session set riskiest = '[]' from gone where session.id = gone.session_id
     )
     select session_id as id from gone`,
    [options.at, JSON.stringify(options.recordings)],
  );
  return rows.map(({ id }) => id);
}

export interface ObjectToRemove {
  readonly sessionId: string;
  readonly key: string;
  readonly version: string | null;
}

/** Objects of deleted recordings that are still there. */
export async function listObjectsToRemove(
  db: Database,
  options: { now: Date; limit: number },
): Promise<readonly ObjectToRemove[]> {
  return db.execute(
    `select session_id as "sessionId", object_key as key, object_version as version from recording
      where deleted_at is not null and object_key is not null and object_removed_at is null
        and (next_removal_at is null or next_removal_at <= ?::timestamptz)
      order by deleted_at limit ?`,
    [options.now, options.limit],
  );
}

/** @param options.problem why it is not gone; null when it is */
export async function noteObjectRemoval(
  db: Database,
  options: { sessionId: string; at: Date; problem: string | null; nextAt: Date },
): Promise<void> {
  const { sessionId, at, problem, nextAt } = options;
  await db.execute(
    `update recording set object_removed_at = case when ?::text is null then ?::timestamptz end,
            removal_problem = ?, next_removal_at = ? where session_id = ?`,
    [problem, at, problem, nextAt, sessionId],
  );
}
