import type { Approval, Origin, RequestKind, RequestState, VoteVerdict } from '../../core/request.ts';
import { RequestRow, VoteRow } from '../entities/access.ts';
import type { Database } from '../open-store.ts';
import { rowReader } from '../read-rows.ts';
import type { GrantsHeld } from './grants.ts';

const WITH_PEOPLE = ['requester', 'beneficiary', 'consentedBy', 'closedBy'] as const;

export interface NewRequest {
  readonly id: string;
  readonly kind: RequestKind;
  readonly requesterId: string;
  readonly beneficiaryId: string;
  readonly extendsId: string | null;
  /** The deadline that an extension asks for. */
  readonly extendUntil: Date | null;
  readonly againOfId: string | null;
  readonly consentFrom: string | null;
  readonly consentedById: string | null;
  readonly consentedAt: Date | null;
  readonly remindAt: Date | null;
  readonly escalateAt: Date | null;
  readonly resource: string;
  readonly resourceKind: string;
  readonly role: string;
  readonly durationMs: number;
  readonly reason: string;
  readonly ticket: string | null;
  readonly incident: string | null;
  readonly origin: Origin | null;
  readonly policy: string;
  readonly policyVersion: string;
  readonly explanation: string;
  readonly approval: Approval;
  readonly idempotencyKey: string;
  readonly createdAt: Date;
  readonly lapsesAt: Date;
}

const readRequests = rowReader(RequestRow, { alias: 'r', with: WITH_PEOPLE });
const readVotes = rowReader(VoteRow, { alias: 'v', with: ['identity', 'onBehalfOf'] });

/** @returns false when a request with this idempotency key exists already; nothing is written then */
export async function insertRequest(db: Database, request: NewRequest): Promise<boolean> {
  const { requesterId, beneficiaryId, consentedById, ...rest } = request;
  // Two retries at once wait here for each other, so the second finds what the first wrote.
  await db.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [request.idempotencyKey]);
  const known = await db.findOne(
    RequestRow,
    { idempotencyKey: request.idempotencyKey },
    { disableIdentityMap: true },
  );
  if (known !== null) return false;
  await db.insert(RequestRow, {
    ...rest,
    requester: requesterId,
    beneficiary: beneficiaryId,
    consentedBy: consentedById,
    state: 'pending',
    decidedAt: null,
  });
  return true;
}

export async function findRequestByKey(
  db: Database,
  options: { idempotencyKey: string },
): Promise<RequestRow | null> {
  const [found] = await readRequests(db, {
    where: 'r.idempotency_key = ?',
    values: [options.idempotencyKey],
  });
  return found ?? null;
}

export async function findRequest(db: Database, options: { id: string }): Promise<RequestRow | null> {
  const [found] = await readRequests(db, { where: 'r.id = ?', values: [options.id] });
  return found ?? null;
}

/** Those of these ids, the oldest first. */
export async function findRequests(
  db: Database,
  options: { ids: readonly string[] },
): Promise<readonly RequestRow[]> {
  return readRequests(db, {
    where: 'r.id in (select jsonb_array_elements_text(?::jsonb))',
    values: [JSON.stringify(options.ids)],
    orderBy: 'r.created_at, r.id',
  });
}

/** The extension of a grant that waits for its decision, if there is one: there is never a second. */
export async function findPendingExtension(
  db: Database,
  options: { grantId: string },
): Promise<RequestRow | null> {
  return db.findOne(
    RequestRow,
    { extendsId: options.grantId, state: 'pending' },
    { disableIdentityMap: true },
  );
}

/** Ids of the extensions of these grants that wait for their decision. */
export async function listPendingExtensions(
  db: Database,
  options: { grantIds: readonly string[] },
): Promise<readonly string[]> {
  const rows = await db.find(
    RequestRow,
    { extendsId: { $in: [...options.grantIds] }, state: 'pending' },
    { fields: ['id'], disableIdentityMap: true },
  );
  return rows.map((row) => row.id);
}

/** Ids of pending requests of these people, whether they ask or would hold it, on a resource, or that there are. */
export async function listPendingRequests(
  db: Database,
  options: { what: GrantsHeld; limit: number },
): Promise<readonly string[]> {
  const { what, limit } = options;
  const people = what.kind === 'person' ? [...what.holderIds] : [];
  const rows = await db.find(
    RequestRow,
    {
      state: 'pending',
      ...(what.kind === 'resource' ? { resource: what.resource } : {}),
      ...(what.kind === 'person'
        ? { $or: [{ requester: { $in: people } }, { beneficiary: { $in: people } }] }
        : {}),
    },
    { fields: ['id'], orderBy: { id: 'asc' }, limit, disableIdentityMap: true },
  );
  return rows.map((row) => row.id);
}

/** Takes the request's row lock: whoever decides about a request decides alone. */
export async function lockRequest(db: Database, options: { id: string }): Promise<RequestRow | null> {
  // Read behind the lock: a statement that waits for a row shows what it refers to as that was before.
  await db.execute('select 1 from access_request where id = ? for update', [options.id]);
  return findRequest(db, options);
}

export interface RequestFilter {
  readonly state?: RequestState;
  readonly requesterId?: string;
  /** A part of a name or an address, or an id: of who asked, or of whom it is for. */
  readonly who?: string;
  readonly resource?: string;
  readonly incident?: string;
  /** Whoever voted on it. */
  readonly voterId?: string;
}

/** Newest first. */
export async function listRequests(
  db: Database,
  options: RequestFilter & { readonly limit: number },
): Promise<readonly RequestRow[]> {
  const { state, requesterId, who, resource, incident, voterId, limit } = options;
  const conditions = [
    { sql: 'r.state = ?', values: [state] },
    { sql: 'r.requester_id = ?', values: [requesterId] },
    { sql: 'r.resource = ?', values: [resource] },
    { sql: 'r.incident = ?', values: [incident] },
    {
      sql: 'exists (select 1 from vote v where v.request_id = r.id and v.identity_id = ?)',
      values: [voterId],
    },
    {
      sql: `exists (select 1 from identity i where i.id in (r.requester_id, r.beneficiary_id)
                      and (i.id = ? or strpos(lower(i.name || ' ' || i.email), lower(?)) > 0))`,
      values: [who, who],
    },
  ].filter(({ values }) => values[0] !== undefined);
  const where = ['true', ...conditions.map(({ sql }) => sql)].join(' and ');
  return readRequests(db, {
    where: `r.id in (select r.id from access_request r where ${where} order by r.created_at desc, r.id desc limit ?)`,
    values: [...conditions.flatMap(({ values }) => values), limit],
    orderBy: 'r.created_at desc, r.id desc',
  });
}

/** @returns true if this call moved it: the one outcome of a race */
export async function moveRequest(
  db: Database,
  options: { id: string; to: Exclude<RequestState, 'pending'>; at: Date },
): Promise<boolean> {
  const moved = await db.nativeUpdate(
    RequestRow,
    { id: options.id, state: 'pending' },
    { state: options.to, decidedAt: options.at },
  );
  return moved === 1;
}

/**
 * Ends a pending request without a vote against it.
 * @param options.byId who took it away; null where the policy did
 * @returns true if this call did it
 */
export async function closeRequest(
  db: Database,
  options: { id: string; because: string; byId: string | null; at: Date },
): Promise<boolean> {
  const { id, because, byId, at } = options;
  const closed = await db.nativeUpdate(
    RequestRow,
    { id, state: 'pending' },
    { state: 'denied', decidedAt: at, closedBecause: because, closedBy: byId },
  );
  return closed === 1;
}

/** Has a pending request need more than before. @param options.policy the one that asks for it */
export async function tightenRequest(
  db: Database,
  options: { id: string; approval: Approval; policy: string; at: Date },
): Promise<boolean> {
  const { id, approval, policy, at } = options;
  const tightened = await db.nativeUpdate(
    RequestRow,
    { id, state: 'pending' },
    { approval, tightenedBy: policy, tightenedAt: at },
  );
  return tightened === 1;
}

/** @returns true if this call stored it: a consent is given once, while the request is pending */
export async function noteConsent(
  db: Database,
  options: { id: string; byId: string; at: Date },
): Promise<boolean> {
  const { id, byId, at } = options;
  const noted = await db.nativeUpdate(
    RequestRow,
    { id, state: 'pending', consentedAt: null },
    { consentedBy: byId, consentedAt: at },
  );
  return noted === 1;
}

/** @returns true if this call noted it: of two at once, one reminds */
export async function noteReminder(db: Database, options: { id: string; at: Date }): Promise<boolean> {
  const noted = await db.nativeUpdate(
    RequestRow,
    { id: options.id, state: 'pending', remindedAt: null },
    { remindedAt: options.at },
  );
  return noted === 1;
}

/** @param options.approval with the seats as they are from now on. @returns true if this call noted it */
export async function noteEscalation(
  db: Database,
  options: { id: string; approval: Approval; at: Date },
): Promise<boolean> {
  const { id, approval, at } = options;
  const noted = await db.nativeUpdate(
    RequestRow,
    { id, state: 'pending', escalatedAt: null },
    { approval, escalatedAt: at },
  );
  return noted === 1;
}

/** Ids of pending requests whose approvers should have been reminded by now. */
export async function listRequestsToRemind(
  db: Database,
  options: { now: Date; limit: number },
): Promise<readonly string[]> {
  const rows = await db.find(
    RequestRow,
    { state: 'pending', remindedAt: null, remindAt: { $lte: options.now }, lapsesAt: { $gt: options.now } },
    { fields: ['id'], orderBy: { remindAt: 'asc' }, limit: options.limit, disableIdentityMap: true },
  );
  return rows.map((row) => row.id);
}

/** Ids of pending requests about which others should be asked by now. */
export async function listRequestsToEscalate(
  db: Database,
  options: { now: Date; limit: number },
): Promise<readonly string[]> {
  const rows = await db.find(
    RequestRow,
    {
      state: 'pending',
      escalatedAt: null,
      escalateAt: { $lte: options.now },
      lapsesAt: { $gt: options.now },
    },
    { fields: ['id'], orderBy: { escalateAt: 'asc' }, limit: options.limit, disableIdentityMap: true },
  );
  return rows.map((row) => row.id);
}

/** Pending requests past their time, and extensions of grants that have ended; the oldest first. */
export async function listLapsedRequests(
  db: Database,
  options: { now: Date; limit: number },
): Promise<readonly string[]> {
  const rows = await db.execute<{ id: string }[]>(
    `select r.id from access_request r
      where r.state = 'pending'
        and (r.lapses_at <= ?
             or exists (select 1 from access_grant g where g.id = r.extends_id and g.state <> 'active'))
      order by r.lapses_at, r.id limit ?`,
    [options.now, options.limit],
  );
  return rows.map((row) => row.id);
}

/** One vote a person and request; the primary key refuses a second. */
export async function insertVote(
  db: Database,
  vote: {
    requestId: string;
    identityId: string;
    verdict: VoteVerdict;
    note: string | null;
    durationMs: number | null;
    claims: readonly string[];
    onBehalfOfId: string | null;
    steppedUp: boolean;
    platform: string;
    createdAt: Date;
  },
): Promise<void> {
  const { requestId, identityId, claims, onBehalfOfId, ...rest } = vote;
  await db.insert(VoteRow, {
    ...rest,
    claims: [...claims],
    request: requestId,
    identity: identityId,
    onBehalfOf: onBehalfOfId,
  });
}

/** In the order they were cast. */
export async function listVotes(
  db: Database,
  options: { requestIds: readonly string[] },
): Promise<readonly VoteRow[]> {
  if (options.requestIds.length === 0) return [];
  return readVotes(db, {
    where: 'v.request_id in (select jsonb_array_elements_text(?::jsonb))',
    values: [JSON.stringify(options.requestIds)],
    orderBy: 'v.created_at',
  });
}
