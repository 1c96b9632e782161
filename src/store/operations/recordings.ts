/** Where recordings are kept. What is on a disk is known to the process beside it alone. */
import { RecordingRow } from '../entities/recording.ts';
import type { Database } from '../open-store.ts';

/**
 * Gives these recordings to one process for a while; it may ask again.
 * @returns those that nobody else has, that are neither stored nor deleted, and whose session there is
 */
export async function claimRecordings(
  db: Database,
  options: { sessionIds: readonly string[]; by: string; now: Date; until: Date },
): Promise<readonly string[]> {
  const { sessionIds, by, now, until } = options;
  const rows = await db.execute<{ id: string }[]>(
    `insert into recording as mine (session_id, claimed_by, claimed_until)
     select s.id, ?, ?::timestamptz from session s
      where s.id in (select jsonb_array_elements_text(?::jsonb)) order by s.id
     on conflict (session_id) do update
        set claimed_by = excluded.claimed_by, claimed_until = excluded.claimed_until
      where mine.stored_at is null and mine.deleted_at is null
        and (mine.claimed_by = excluded.claimed_by or mine.claimed_until is null or mine.claimed_until < ?::timestamptz)
     returning mine.session_id as id`,
    [by, until, JSON.stringify(sessionIds), now],
  );
  return rows.map(({ id }) => id);
}

export async function releaseRecordings(db: Database, options: { by: string }): Promise<void> {
  await db.nativeUpdate(
    RecordingRow,
    { claimedBy: options.by, storedAt: null },
    { claimedBy: null, claimedUntil: null },
  );
}

/** @returns false when it was deleted meanwhile, or stored before */
export async function noteRecordingStored(
  db: Database,
  recording: {
    sessionId: string;
    at: Date;
    bytes: number;
    sha256: string;
    objectKey: string;
    objectVersion: string | null;
  },
): Promise<boolean> {
  const { sessionId, at, ...rest } = recording;
  const changed = await db.nativeUpdate(
    RecordingRow,
    { session: sessionId, storedAt: null, deletedAt: null },
    { ...rest, storedAt: at, claimedBy: null, claimedUntil: null },
  );
  return changed === 1;
}

export async function findRecordings(
  db: Database,
  options: { sessionIds: readonly string[] },
): Promise<readonly RecordingRow[]> {
  if (options.sessionIds.length === 0) return [];
  return db.find(RecordingRow, { session: { $in: [...options.sessionIds] } }, { disableIdentityMap: true });
}

/** Sessions whose recording was deleted since then. */
export async function listDeletedSince(
  db: Database,
  options: { since: Date; limit: number },
): Promise<readonly string[]> {
  const rows = await db.execute<{ id: string }[]>(
    `select session_id as id from recording where deleted_at >= ? order by deleted_at limit ?`,
    [options.since, options.limit],
  );
  return rows.map(({ id }) => id);
}

/** Of these, the sessions that have ended without a sealed recording. */
export async function listUnsealedAmong(
  db: Database,
  options: { sessionIds: readonly string[]; endedBefore: Date },
): Promise<readonly string[]> {
  const rows = await db.execute<{ id: string }[]>(
    `select id from session where id in (select jsonb_array_elements_text(?::jsonb))
        and recording_head is null and ended_at < ?`,
    [JSON.stringify(options.sessionIds), options.endedBefore],
  );
  return rows.map(({ id }) => id);
}

/** Sealed recordings that are not in object storage. */
export async function recordingsToStore(db: Database): Promise<{ waiting: number; oldest: Date | null }> {
  const [row] = await db.execute<{ waiting: string | number; oldest: Date | string | null }[]>(
    `select count(*) as waiting, min(s.ended_at) as oldest from recording r
       join session s on s.id = r.session_id and s.recording_head is not null
      where r.stored_at is null and r.deleted_at is null`,
  );
  return {
    waiting: Number(row?.waiting ?? 0),
    oldest: row?.oldest == null ? null : new Date(row.oldest),
  };
}

/** What their sessions' rows say: the head of a sealed recording, and whether the session has ended. */
export async function sessionsOfRecordings(
  db: Database,
  options: { sessionIds: readonly string[] },
): Promise<
  readonly { readonly id: string; readonly recordingHead: string | null; readonly ended: boolean }[]
> {
  if (options.sessionIds.length === 0) return [];
  return db.execute(
    `select id, recording_head as "recordingHead", ended_at is not null as ended from session
      where id in (select jsonb_array_elements_text(?::jsonb))`,
    [JSON.stringify(options.sessionIds)],
  );
}
