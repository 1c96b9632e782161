import { LockMode } from '@mikro-orm/postgresql';
import type { EndReason, SessionCounts } from '../../core/session.ts';
import { SessionRow, type StoredRiskyStatement } from '../entities/session.ts';
import type { Database } from '../open-store.ts';

const WITH_GRANT = ['grant', 'grant.request', 'grant.holder', 'grant.endedBy', 'terminateAskedBy'] as const;

export async function insertSession(
  db: Database,
  session: {
    id: string;
    grantId: string;
    replica: string;
    clientAddress: string;
    application: string | null;
    policyVersion: string;
    /** Of the resource: they say how long the recording is kept. */
    labels?: Readonly<Record<string, string>>;
    startedAt: Date;
    counts: SessionCounts;
  },
): Promise<void> {
  const { grantId, labels = {}, ...rest } = session;
  await db.insert(SessionRow, {
    ...rest,
    labels,
    grant: grantId,
    lastSeenAt: session.startedAt,
    endedAt: null,
    endReason: null,
    riskiest: [],
    recordingHead: null,
    terminateAskedAt: null,
    terminateAskedBy: null,
    terminateReason: null,
  });
}

export async function countLiveSessions(db: Database, options: { grantId: string }): Promise<number> {
  return db.count(SessionRow, { grant: options.grantId, endedAt: null });
}

export async function findSession(db: Database, options: { id: string }): Promise<SessionRow | null> {
  return db.findOne(SessionRow, { id: options.id }, { populate: [...WITH_GRANT], disableIdentityMap: true });
}

export async function findSessions(
  db: Database,
  options: { ids: readonly string[] },
): Promise<readonly SessionRow[]> {
  return db.find(
    SessionRow,
    { id: { $in: [...options.ids] } },
    { populate: [...WITH_GRANT], disableIdentityMap: true },
  );
}

/** Takes the session's row lock, so that it cannot end in between. */
export async function lockSession(db: Database, options: { id: string }): Promise<SessionRow | null> {
  const locked = await db.findOne(
    SessionRow,
    { id: options.id },
    { fields: ['id'], lockMode: LockMode.PESSIMISTIC_WRITE, disableIdentityMap: true },
  );
  return locked === null ? null : findSession(db, options);
}

/** Counts so far, and that the broker lives. Ended sessions are left alone. */
/** One statement for all of them: a replica may have hundreds. Sessions that have ended stay as they are. */
export async function noteSessionsProgress(
  db: Database,
  options: { sessions: readonly { readonly id: string; readonly counts: SessionCounts }[]; now: Date },
): Promise<void> {
  await db.execute(
    `update session set counts = noted.counts, last_seen_at = ?
       from jsonb_to_recordset(?::jsonb) as noted (id text, counts jsonb)
      where session.id = noted.id and session.ended_at is null`,
    [options.now, JSON.stringify(options.sessions)],
  );
}

/** @returns true if this call ended it */
export async function endSessionRow(
  db: Database,
  options: {
    id: string;
    reason: EndReason;
    at: Date;
    counts: SessionCounts | null;
    recordingHead: string | null;
    riskiest: StoredRiskyStatement[] | null;
  },
): Promise<boolean> {
  const moved = await db.nativeUpdate(
    SessionRow,
    { id: options.id, endedAt: null },
    {
      endedAt: options.at,
      endReason: options.reason,
      lastSeenAt: options.at,
      recordingHead: options.recordingHead,
      ...(options.counts === null ? {} : { counts: options.counts }),
      ...(options.riskiest === null ? {} : { riskiest: options.riskiest }),
    },
  );
  return moved === 1;
}

/** @returns true if the session was live and nobody had asked before */
export async function askTermination(
  db: Database,
  options: { id: string; byId: string; at: Date; reason: string | null },
): Promise<boolean> {
  const moved = await db.nativeUpdate(
    SessionRow,
    { id: options.id, endedAt: null, terminateAskedAt: null },
    {
      terminateAskedAt: options.at,
      terminateAskedBy: options.byId,
      terminateReason: options.reason,
    },
  );
  if (moved === 1) await db.execute(`select pg_notify('sallyport_grant', ?)`, [options.id]);
  return moved === 1;
}

/** Tells their brokers, should they live after all, to end these sessions. */
export async function askLostToEnd(
  db: Database,
  options: { sessionIds: readonly string[]; at: Date },
): Promise<void> {
  await db.nativeUpdate(
    SessionRow,
    { id: { $in: [...options.sessionIds] }, endedAt: null, terminateAskedAt: null },
    { terminateAskedAt: options.at },
  );
}

export interface SessionStanding {
  readonly id: string;
  readonly grantState: string;
  /** Somebody asked. */
  readonly terminateAsked: boolean;
  /** It has ended, or is taken for lost. */
  readonly ended: boolean;
  readonly pastDeadline: boolean;
  readonly expiresAt: Date;
}

/**
 * Of the given live sessions, those that must not go on and those whose deadline is another than the caller knows.
 * The database's clock decides about the deadline too.
 */
export async function listSessionChanges(
  db: Database,
  options: { sessions: readonly { readonly id: string; readonly expiresAt: Date }[]; now: Date },
): Promise<readonly SessionStanding[]> {
  const rows = await db.execute<(Omit<SessionStanding, 'expiresAt'> & { expiresAt: Date | string })[]>(
    `select s.id, g.state as "grantState", s.terminate_asked_by_id is not null as "terminateAsked",
            s.ended_at is not null or s.terminate_asked_at is not null as ended, g.expires_at as "expiresAt",
            g.expires_at <= greatest(now(), ?::timestamptz) as "pastDeadline"
       from jsonb_to_recordset(?::jsonb) as known (id text, "expiresAt" timestamptz)
       join session s on s.id = known.id join access_grant g on g.id = s.grant_id
      where g.state <> 'active' or s.terminate_asked_at is not null or s.ended_at is not null
         or g.expires_at <= greatest(now(), ?::timestamptz)
         or date_trunc('milliseconds', g.expires_at) <> known."expiresAt"`,
    [options.now.toISOString(), JSON.stringify(options.sessions), options.now.toISOString()],
  );
  return rows.map((row) => ({ ...row, expiresAt: new Date(row.expiresAt) }));
}

/** Live sessions whose broker has not been heard of since `silentSince`. */
export async function listLostSessions(
  db: Database,
  options: { silentSince: Date; limit: number },
): Promise<readonly string[]> {
  const rows = await db.find(
    SessionRow,
    { endedAt: null, lastSeenAt: { $lt: options.silentSince } },
    { fields: ['id'], limit: options.limit, disableIdentityMap: true },
  );
  return rows.map((row) => row.id);
}

/** Sessions that ended in the given time without a sealed recording, newest first. */
export async function listUnsealedSessions(
  db: Database,
  options: { from: Date; to: Date; limit: number },
): Promise<readonly string[]> {
  const rows = await db.find(
    SessionRow,
    { recordingHead: null, endedAt: { $gte: options.from, $lte: options.to } },
    { fields: ['id'], orderBy: { endedAt: 'desc' }, limit: options.limit, disableIdentityMap: true },
  );
  return rows.map((row) => row.id);
}

/** @returns true if the ended session had no head before */
export async function setRecordingHead(
  db: Database,
  options: { id: string; recordingHead: string },
): Promise<boolean> {
  const changed = await db.nativeUpdate(
    SessionRow,
    { id: options.id, recordingHead: null, endedAt: { $ne: null } },
    { recordingHead: options.recordingHead },
  );
  return changed === 1;
}
