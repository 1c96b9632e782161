import type { GrantState, ScramVerifier } from '../../core/grant.ts';
import { GrantRow } from '../entities/access.ts';
import { ReviewRow } from '../entities/review.ts';
import type { Database } from '../open-store.ts';
import { rowReader } from '../read-rows.ts';

const WITH_PEOPLE = ['holder', 'endedBy', 'request'] as const;
const readGrants = rowReader(GrantRow, { alias: 'g', with: WITH_PEOPLE });
const readReviews = rowReader(ReviewRow, { alias: 'w', with: [] });

export async function insertGrant(
  db: Database,
  grant: {
    id: string;
    requestId: string;
    holderId: string;
    durationMs: number;
    startsAt: Date;
    expiresAt: Date;
  },
): Promise<void> {
  const { requestId, holderId, ...rest } = grant;
  await db.insert(GrantRow, {
    ...rest,
    request: requestId,
    holder: holderId,
    state: 'issuing',
    scram: null,
    createdAt: grant.startsAt,
    issueAttempts: 0,
    issueRetryAt: null,
    issueProblem: null,
    issueProblemAt: null,
    endedAt: null,
    endedBy: null,
    endNote: null,
  });
}

export async function findGrant(db: Database, options: { id: string }): Promise<GrantRow | null> {
  const [found] = await readGrants(db, { where: 'g.id = ?', values: [options.id] });
  return found ?? null;
}

export async function findGrants(
  db: Database,
  options: { ids: readonly string[] },
): Promise<readonly GrantRow[]> {
  return db.find(
    GrantRow,
    { id: { $in: [...options.ids] } },
    { populate: [...WITH_PEOPLE], orderBy: { id: 'asc' }, disableIdentityMap: true },
  );
}

export async function lockGrant(db: Database, options: { id: string }): Promise<GrantRow | null> {
  await db.execute('select 1 from access_grant where id = ? for update', [options.id]);
  return findGrant(db, options);
}

/** Those that were made for one of the requests, and the ones named by id. */
export async function listGrantsOfRequests(
  db: Database,
  options: { requestIds: readonly string[]; extendedIds: readonly string[] },
): Promise<readonly GrantRow[]> {
  const { requestIds, extendedIds } = options;
  if (requestIds.length + extendedIds.length === 0) return [];
  return readGrants(db, {
    where: `g.request_id in (select jsonb_array_elements_text(?::jsonb))
            or g.id in (select jsonb_array_elements_text(?::jsonb))`,
    values: [JSON.stringify(requestIds), JSON.stringify(extendedIds)],
  });
}

/** A grant has one at most. */
export async function listReviewsOfGrants(
  db: Database,
  options: { grantIds: readonly string[] },
): Promise<readonly ReviewRow[]> {
  if (options.grantIds.length === 0) return [];
  return readReviews(db, {
    where: 'w.grant_id in (select jsonb_array_elements_text(?::jsonb))',
    values: [JSON.stringify(options.grantIds)],
  });
}

/** Newest first. `live` keeps those that are issuing or active. */
export async function listGrants(
  db: Database,
  options: { holderId?: string; live?: boolean; limit: number },
): Promise<readonly GrantRow[]> {
  return db.find(
    GrantRow,
    {
      ...(options.holderId === undefined ? {} : { holder: options.holderId }),
      ...(options.live === true ? { state: { $in: ['issuing', 'active'] as GrantState[] } } : {}),
    },
    {
      populate: [...WITH_PEOPLE],
      orderBy: { createdAt: 'desc', id: 'desc' },
      limit: options.limit,
      disableIdentityMap: true,
    },
  );
}

/** `issuing -> active`. @returns true if this call moved it */
export async function activateGrant(db: Database, options: { id: string; now: Date }): Promise<boolean> {
  const moved = await db.nativeUpdate(
    GrantRow,
    { id: options.id, state: 'issuing', expiresAt: { $gt: options.now } },
    { state: 'active' },
  );
  return moved === 1;
}

/** Ends live grants and forgets their verifiers, so that the secrets are dead too. Brokers hear of it. */
export async function endGrants(
  db: Database,
  options: {
    ids: readonly string[];
    to: 'expired' | 'revoked' | 'done';
    at: Date;
    byId: string | null;
    note: string | null;
  },
): Promise<void> {
  const { ids, to, at, byId, note } = options;
  await db.nativeUpdate(
    GrantRow,
    { id: { $in: [...ids] }, state: { $in: ['issuing', 'active'] } },
    { state: to, endedAt: at, endedBy: byId, endNote: note, scram: null },
  );
  // One hint is enough: whoever hears it asks about all of its sessions.
  await db.execute(`select pg_notify('sallyport_grant', ?)`, [ids[0] ?? '']);
}

/** Replaces the secret's verifier on a live grant. @returns true if the grant was live */
export async function setGrantVerifier(
  db: Database,
  options: { id: string; scram: ScramVerifier; now: Date },
): Promise<boolean> {
  const moved = await db.nativeUpdate(
    GrantRow,
    { id: options.id, state: 'active', expiresAt: { $gt: options.now } },
    { scram: options.scram },
  );
  return moved === 1;
}

/**
 * Moves the deadline of an active grant, if it still is what the caller saw. Brokers hear of it as of an end.
 * @returns true if this call moved it
 */
export async function moveDeadline(
  db: Database,
  options: { id: string; from: Date; to: Date; durationMs: number; now: Date },
): Promise<boolean> {
  const { id, from, to, durationMs, now } = options;
  if (from <= now) return false;
  const moved = await db.nativeUpdate(
    GrantRow,
    { id, state: 'active', expiresAt: from },
    { expiresAt: to, durationMs },
  );
  if (moved === 1) await db.execute(`select pg_notify('sallyport_grant', ?)`, [id]);
  return moved === 1;
}

/** Preparing the grant failed: why, and not before when the sweep tries again. */
export async function noteIssueProblem(
  db: Database,
  options: { id: string; problem: string; attempts: number; retryAt: Date; at: Date },
): Promise<boolean> {
  const { id, problem, attempts, retryAt, at } = options;
  const moved = await db.nativeUpdate(
    GrantRow,
    { id, state: 'issuing' },
    { issueProblem: problem, issueProblemAt: at, issueAttempts: attempts, issueRetryAt: retryAt },
  );
  return moved === 1;
}

/** Every grant that waits to be issued, whenever the next attempt is due. */
export async function listGrantsIssuing(db: Database, options: { now: Date }): Promise<readonly string[]> {
  const rows = await db.find(
    GrantRow,
    { state: 'issuing', expiresAt: { $gt: options.now } },
    { fields: ['id'], disableIdentityMap: true },
  );
  return rows.map((row) => row.id);
}

/** What `revokeMany` is about. */
export type GrantsHeld =
  | { readonly kind: 'person'; readonly holderIds: readonly string[] }
  | { readonly kind: 'resource'; readonly resource: string }
  | { readonly kind: 'everything' };

/** Live grants under their row locks, always in the same order, so that two who do this never cross. */
export async function lockLiveGrants(
  db: Database,
  options: { what: GrantsHeld; limit: number },
): Promise<readonly GrantRow[]> {
  const { sql, values } = heldBy(options.what);
  const locked = await db.execute<{ id: string }[]>(
    `select g.id from access_grant g
      where g.state in ('issuing', 'active') and ${sql}
      order by g.id limit ? for update of g`,
    [...values, options.limit],
  );
  return db.find(
    GrantRow,
    { id: { $in: locked.map((row) => row.id) }, state: { $in: ['issuing', 'active'] } },
    { populate: [...WITH_PEOPLE], orderBy: { id: 'asc' }, disableIdentityMap: true },
  );
}

export async function countLiveGrants(db: Database, options: { what: GrantsHeld }): Promise<number> {
  const { sql, values } = heldBy(options.what);
  const [row] = await db.execute<{ count: string }[]>(
    `select count(*) from access_grant g where g.state in ('issuing', 'active') and ${sql}`,
    values,
  );
  return Number(row?.count ?? 0);
}

function heldBy(what: GrantsHeld): { sql: string; values: string[] } {
  switch (what.kind) {
    case 'everything':
      return { sql: 'true', values: [] };
    case 'person':
      return {
        sql: 'g.holder_id in (select jsonb_array_elements_text(?::jsonb))',
        values: [JSON.stringify(what.holderIds)],
      };
    case 'resource':
      return {
        sql: 'exists (select 1 from access_request r where r.id = g.request_id and r.resource = ?)',
        values: [what.resource],
      };
  }
}

/** Ids of grants that should have ended. */
export async function listExpiredGrants(
  db: Database,
  options: { now: Date; limit: number },
): Promise<readonly string[]> {
  const rows = await db.find(
    GrantRow,
    { state: { $in: ['issuing', 'active'] }, expiresAt: { $lte: options.now } },
    { fields: ['id'], orderBy: { expiresAt: 'asc' }, limit: options.limit, disableIdentityMap: true },
  );
  return rows.map((row) => row.id);
}

/** A grant this young is still being issued by its own job. */
const ISSUED_BY_ITS_JOB_MS = 3_000;

/** Ids of grants that wait to be issued and are due for another attempt, the oldest first. */
export async function listGrantsToIssue(
  db: Database,
  options: { now: Date; limit: number },
): Promise<readonly string[]> {
  const rows = await db.find(
    GrantRow,
    {
      state: 'issuing',
      expiresAt: { $gt: options.now },
      createdAt: { $lte: new Date(options.now.getTime() - ISSUED_BY_ITS_JOB_MS) },
      $or: [{ issueRetryAt: null }, { issueRetryAt: { $lte: options.now } }],
    },
    { fields: ['id'], orderBy: { createdAt: 'asc' }, limit: options.limit, disableIdentityMap: true },
  );
  return rows.map((row) => row.id);
}
