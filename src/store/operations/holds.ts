import { LockMode } from '@mikro-orm/postgresql';
import type { HeldCommand, HoldScope, HoldState, WithdrawalCause } from '../../core/hold.ts';
import type { Seat, VoteVerdict } from '../../core/request.ts';
import { HoldRow, HoldVoteRow } from '../entities/hold.ts';
import type { Database } from '../open-store.ts';
import { holdVisibleTo, type Viewer } from './visibility.ts';

const WITH_SESSION = [
  'session',
  'session.grant',
  'session.grant.holder',
  'session.grant.request',
  'session.grant.request.beneficiary',
  'session.grant.request.requester',
] as const;

export interface NewHold extends HeldCommand {
  readonly id: string;
  readonly sessionId: string;
  readonly seats: readonly Seat[];
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** @throws when the session has a held command already, or the hash is not that of the text */
export async function insertHold(db: Database, hold: NewHold): Promise<void> {
  const { sessionId, parameters, effects, relations, seats, ...rest } = hold;
  await db.insert(HoldRow, {
    ...rest,
    session: sessionId,
    parameters: [...parameters],
    effects: [...effects],
    relations: [...relations],
    seats: [...seats],
    state: 'held',
    scope: null,
    note: null,
    withdrawnBecause: null,
    decidedAt: null,
  });
}

export async function findHold(db: Database, options: { id: string }): Promise<HoldRow | null> {
  return db.findOne(HoldRow, { id: options.id }, { populate: [...WITH_SESSION], disableIdentityMap: true });
}

/** Takes the hold's row lock: whoever decides about a command decides alone. */
export async function lockHold(db: Database, options: { id: string }): Promise<HoldRow | null> {
  const locked = await db.findOne(
    HoldRow,
    { id: options.id },
    { fields: ['id'], lockMode: LockMode.PESSIMISTIC_WRITE, disableIdentityMap: true },
  );
  return locked === null ? null : findHold(db, options);
}

/** Newest first. */
export async function findHolds(
  db: Database,
  options: { ids: readonly string[] },
): Promise<readonly HoldRow[]> {
  return db.find(
    HoldRow,
    { id: { $in: [...options.ids] } },
    {
      populate: [...WITH_SESSION],
      orderBy: { createdAt: 'desc', id: 'desc' },
      disableIdentityMap: true,
    },
  );
}

/** Newest first. */
export async function listHolds(
  db: Database,
  options: {
    id?: string;
    state?: HoldState;
    sessionId?: string;
    holderId?: string;
    /** Keeps holds this person may see; null is the system, which sees all. */
    visibleTo: Viewer | null;
    limit: number;
  },
): Promise<readonly HoldRow[]> {
  const { id = null, state = null, sessionId = null, holderId = null } = options;
  const visible = options.visibleTo === null ? null : holdVisibleTo(options.visibleTo);
  const found = await db.execute<{ id: string }[]>(
    `select h.id from hold h
       join session s on s.id = h.session_id
       join access_grant g on g.id = s.grant_id
       join access_request r on r.id = g.request_id
      where (?::text is null or h.id = ?)
        and (?::text is null or h.state = ?)
        and (?::text is null or h.session_id = ?)
        and (?::text is null or g.holder_id = ?)
        and ${visible?.sql ?? 'true'}
      order by h.created_at desc, h.id desc limit ?`,
    [
      id,
      id,
      state,
      state,
      sessionId,
      sessionId,
      holderId,
      holderId,
      ...(visible?.values ?? []),
      options.limit,
    ],
  );
  return findHolds(db, { ids: found.map((row) => row.id) });
}

/** The outcome of a hold, and what goes with it. */
export type HoldOutcome =
  | { readonly to: 'approved'; readonly scope: HoldScope; readonly note: string | null }
  | { readonly to: 'denied'; readonly note: string | null }
  | { readonly to: 'expired' }
  | { readonly to: 'withdrawn'; readonly because: WithdrawalCause };

/** Tells every broker. @returns true if this call moved it: the one outcome of a race */
export async function moveHold(
  db: Database,
  options: { id: string; outcome: HoldOutcome; at: Date },
): Promise<boolean> {
  const { outcome } = options;
  const moved = await db.nativeUpdate(
    HoldRow,
    { id: options.id, state: 'held' },
    {
      state: outcome.to,
      decidedAt: options.at,
      ...(outcome.to === 'approved' ? { scope: outcome.scope } : {}),
      ...(outcome.to === 'approved' || outcome.to === 'denied' ? { note: outcome.note } : {}),
      ...(outcome.to === 'withdrawn' ? { withdrawnBecause: outcome.because } : {}),
    },
  );
  if (moved === 1) await db.execute(`select pg_notify('sallyport_hold', ?)`, [options.id]);
  return moved === 1;
}

/** How many commands of a grant were held since then and not approved. */
export async function countUnapprovedHolds(
  db: Database,
  options: { grantId: string; since: Date },
): Promise<number> {
  return db.count(HoldRow, {
    session: { grant: options.grantId },
    state: { $ne: 'approved' },
    createdAt: { $gt: options.since },
  });
}

/** Ids of the commands that are held in a session. */
export async function listHeldOfSession(
  db: Database,
  options: { sessionId: string },
): Promise<readonly string[]> {
  const rows = await db.find(
    HoldRow,
    { session: options.sessionId, state: 'held' },
    { fields: ['id'], disableIdentityMap: true },
  );
  return rows.map((row) => row.id);
}

/** What is held in the sessions under these grants. */
export async function listHeldOfGrants(
  db: Database,
  options: { grantIds: readonly string[] },
): Promise<readonly string[]> {
  const rows = await db.find(
    HoldRow,
    { session: { grant: { $in: [...options.grantIds] } }, state: 'held' },
    { fields: ['id'], orderBy: { id: 'asc' }, disableIdentityMap: true },
  );
  return rows.map((row) => row.id);
}

/** Held commands past their time, oldest first. */
export async function listLapsedHolds(
  db: Database,
  options: { now: Date; limit: number },
): Promise<readonly string[]> {
  const rows = await db.find(
    HoldRow,
    { state: 'held', expiresAt: { $lte: options.now } },
    { fields: ['id'], orderBy: { expiresAt: 'asc' }, limit: options.limit, disableIdentityMap: true },
  );
  return rows.map((row) => row.id);
}

/** Ids of what waits for a decision and has not lapsed; what lapses first comes first. */
export async function listHeldNow(
  db: Database,
  options: { now: Date; limit: number },
): Promise<readonly string[]> {
  const rows = await db.find(
    HoldRow,
    { state: 'held', expiresAt: { $gt: options.now } },
    { fields: ['id'], orderBy: { expiresAt: 'asc' }, limit: options.limit, disableIdentityMap: true },
  );
  return rows.map((row) => row.id);
}

/** One vote a person and hold; the primary key refuses a second, a trigger one about other bytes. */
export async function insertHoldVote(
  db: Database,
  vote: {
    holdId: string;
    identityId: string;
    verdict: VoteVerdict;
    scope: HoldScope;
    note: string | null;
    textSha256: string;
    claims: readonly string[];
    onBehalfOfId: string | null;
    platform: string;
    createdAt: Date;
  },
): Promise<void> {
  const { holdId, identityId, claims, onBehalfOfId, ...rest } = vote;
  await db.insert(HoldVoteRow, {
    ...rest,
    claims: [...claims],
    hold: holdId,
    identity: identityId,
    onBehalfOf: onBehalfOfId,
  });
}

/** In the order they were cast. */
export async function listHoldVotes(
  db: Database,
  options: { holdIds: readonly string[] },
): Promise<readonly HoldVoteRow[]> {
  return db.find(
    HoldVoteRow,
    { hold: { $in: [...options.holdIds] } },
    { populate: ['identity', 'onBehalfOf'], orderBy: { createdAt: 'asc' }, disableIdentityMap: true },
  );
}
