import { LockMode } from '@mikro-orm/postgresql';
import type { GrantState, ScramVerifier } from '../../core/grant.ts';
import { GrantRow } from '../entities/access.ts';
import { ReviewRow } from '../entities/review.ts';
import type { Database } from '../open-store.ts';

const WITH_PEOPLE = ['holder', 'endedBy', 'request'] as const;

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
    endedAt: null,
    endedBy: null,
    endNote: null,
  });
}

export async function findGrant(db: Database, options: { id: string }): Promise<GrantRow | null> {
  return db.findOne(GrantRow, { id: options.id }, { populate: [...WITH_PEOPLE], disableIdentityMap: true });
}

export async function lockGrant(db: Database, options: { id: string }): Promise<GrantRow | null> {
  const locked = await db.findOne(
    GrantRow,
    { id: options.id },
    { lockMode: LockMode.PESSIMISTIC_WRITE, disableIdentityMap: true },
  );
  return locked === null ? null : findGrant(db, options);
}

/** Those that were made for one of the requests, and the ones named by id. */
export async function listGrantsOfRequests(
  db: Database,
  options: { requestIds: readonly string[]; extendedIds: readonly string[] },
): Promise<readonly GrantRow[]> {
  const { requestIds, extendedIds } = options;
  return db.find(
    GrantRow,
    { $or: [{ request: { $in: [...requestIds] } }, { id: { $in: [...extendedIds] } }] },
    { populate: [...WITH_PEOPLE], disableIdentityMap: true },
  );
}

/** A grant has one at most. */
export async function listReviewsOfGrants(
  db: Database,
  options: { grantIds: readonly string[] },
): Promise<readonly ReviewRow[]> {
  return db.find(ReviewRow, { grant: { $in: [...options.grantIds] } }, { disableIdentityMap: true });
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

/** Ends a live grant and forgets its verifier, so that the secret is dead too. @returns true if this call ended it */
export async function endGrant(
  db: Database,
  options: {
    id: string;
    to: 'expired' | 'revoked' | 'done';
    at: Date;
    byId: string | null;
    note: string | null;
  },
): Promise<boolean> {
  const moved = await db.nativeUpdate(
    GrantRow,
    { id: options.id, state: { $in: ['issuing', 'active'] } },
    { state: options.to, endedAt: options.at, endedBy: options.byId, endNote: options.note, scram: null },
  );
  if (moved === 1) await db.execute(`select pg_notify('sallyport_grant', ?)`, [options.id]);
  return moved === 1;
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

/** Ids of grants that should have ended, or (`issuing`) wait to be issued. */
export async function listGrantsToSettle(
  db: Database,
  options: { now: Date; limit: number },
): Promise<{ expired: readonly string[]; issuing: readonly string[] }> {
  const expired = await db.find(
    GrantRow,
    { state: { $in: ['issuing', 'active'] }, expiresAt: { $lte: options.now } },
    { fields: ['id'], limit: options.limit, disableIdentityMap: true },
  );
  const issuing = await db.find(
    GrantRow,
    { state: 'issuing', expiresAt: { $gt: options.now } },
    { fields: ['id'], limit: options.limit, disableIdentityMap: true },
  );
  return { expired: expired.map((row) => row.id), issuing: issuing.map((row) => row.id) };
}
