import { LockMode } from '@mikro-orm/postgresql';
import type { PolicyChangeSource, PolicyChangeState } from '../../core/policy-change.ts';
import type { PolicyImpact } from '../../core/policy-impact.ts';
import type { Seat, VoteVerdict } from '../../core/request.ts';
import { PolicyVersionRow } from '../entities/deployment.ts';
import { PolicyChangeRow, PolicyChangeVoteRow, PolicyFileRow } from '../entities/policy-change.ts';
import type { Database } from '../open-store.ts';

export interface StoredPolicy {
  readonly changeId: string;
  readonly version: string;
  readonly text: string;
  /** Counts what was applied, from 1. */
  readonly revision: number;
}

export interface NewPolicyChange {
  readonly id: string;
  readonly version: string;
  readonly baseVersion: string;
  readonly proposerId: string | null;
  readonly source: PolicyChangeSource;
  readonly comment: string | null;
  readonly seats: readonly Seat[];
  readonly difference: string;
  readonly idempotencyKey: string | null;
  readonly createdAt: Date;
  readonly lapsesAt: Date;
}

/** Whoever proposes, decides or applies does so alone, until the transaction ends. */
export async function lockPolicyChanges(db: Database): Promise<void> {
  await db.execute(`select pg_advisory_xact_lock(hashtextextended('sallyport policy changes', 0))`);
}

/** Null before the first policy was applied. */
export async function findPolicyInForce(db: Database): Promise<StoredPolicy | null> {
  const [row] = await db.execute<StoredPolicy[]>(
    `select c.id as "changeId", c.version, v.document as text, c.revision::float8 as revision
       from policy_change c join policy_version v on v.version = c.version
      where c.revision is not null order by c.revision desc limit 1`,
  );
  return row ?? null;
}

/** What replicas ask all the time: 0 before the first policy was applied. */
export async function readPolicyRevision(db: Database): Promise<number> {
  const [row] = await db.execute<{ revision: number }[]>(
    'select coalesce(max(revision), 0)::float8 as revision from policy_change',
  );
  return row?.revision ?? 0;
}

export async function findPolicyText(db: Database, options: { version: string }): Promise<string | null> {
  const row = await db.findOne(PolicyVersionRow, options, { disableIdentityMap: true });
  return row?.document ?? null;
}

/** True for a version that was ever proposed, whatever became of it. */
export async function wasPolicyProposed(db: Database, options: { version: string }): Promise<boolean> {
  return (await db.count(PolicyChangeRow, { version: options.version })) > 0;
}

export async function insertPolicyChange(db: Database, change: NewPolicyChange): Promise<void> {
  const { proposerId, seats, ...rest } = change;
  await db.insert(PolicyChangeRow, {
    ...rest,
    proposer: proposerId,
    seats: [...seats],
    state: 'pending',
    impact: null,
    impactAt: null,
    revision: null,
    decidedAt: null,
  });
}

export async function findPolicyChange(
  db: Database,
  options: { id: string } | { idempotencyKey: string } | { version: string; state: PolicyChangeState },
): Promise<PolicyChangeRow | null> {
  return db.findOne(PolicyChangeRow, options, { populate: ['proposer'], disableIdentityMap: true });
}

/** Takes the change's row lock. */
export async function lockPolicyChange(
  db: Database,
  options: { id: string },
): Promise<PolicyChangeRow | null> {
  const locked = await db.findOne(PolicyChangeRow, options, {
    lockMode: LockMode.PESSIMISTIC_WRITE,
    disableIdentityMap: true,
  });
  return locked === null ? null : findPolicyChange(db, options);
}

/** The one that waits for votes; there is never a second. */
export async function findPendingPolicyChange(db: Database): Promise<PolicyChangeRow | null> {
  return db.findOne(
    PolicyChangeRow,
    { state: 'pending' },
    { populate: ['proposer'], disableIdentityMap: true },
  );
}

/** Newest first. */
export async function listPolicyChanges(
  db: Database,
  options: { state?: PolicyChangeState; limit: number },
): Promise<readonly PolicyChangeRow[]> {
  return db.find(PolicyChangeRow, options.state === undefined ? {} : { state: options.state }, {
    populate: ['proposer'],
    orderBy: { createdAt: 'desc', id: 'desc' },
    limit: options.limit,
    disableIdentityMap: true,
  });
}

/** @returns true if this call moved it: the one outcome of a race */
export async function movePolicyChange(
  db: Database,
  options: { id: string; to: Exclude<PolicyChangeState, 'pending' | 'applied'>; at: Date },
): Promise<boolean> {
  const moved = await db.nativeUpdate(
    PolicyChangeRow,
    { id: options.id, state: 'pending' },
    { state: options.to, decidedAt: options.at },
  );
  return moved === 1;
}

/** Puts it into force and tells every replica. The caller holds the lock on policy changes. */
export async function applyPolicyChange(db: Database, options: { id: string; at: Date }): Promise<boolean> {
  const revision = (await readPolicyRevision(db)) + 1;
  const moved = await db.nativeUpdate(
    PolicyChangeRow,
    { id: options.id, state: 'pending' },
    { state: 'applied', decidedAt: options.at, revision },
  );
  if (moved === 1) await db.execute(`select pg_notify('sallyport_policy', ?)`, [String(revision)]);
  return moved === 1;
}

/** @returns false when the change no longer waits */
export async function savePolicyImpact(
  db: Database,
  options: { id: string; impact: PolicyImpact; at: Date },
): Promise<boolean> {
  const saved = await db.nativeUpdate(
    PolicyChangeRow,
    { id: options.id, state: 'pending' },
    { impact: options.impact, impactAt: options.at },
  );
  return saved === 1;
}

/** Pending ones past their time. */
export async function listLapsedPolicyChanges(
  db: Database,
  options: { now: Date },
): Promise<readonly string[]> {
  const rows = await db.find(
    PolicyChangeRow,
    { state: 'pending', lapsesAt: { $lte: options.now } },
    { fields: ['id'], disableIdentityMap: true },
  );
  return rows.map((row) => row.id);
}

/** One vote a person and change; a trigger refuses one about another version. */
export async function insertPolicyChangeVote(
  db: Database,
  vote: {
    changeId: string;
    identityId: string;
    onBehalfOfId: string | null;
    verdict: VoteVerdict;
    note: string | null;
    version: string;
    claims: readonly string[];
    platform: string;
    createdAt: Date;
  },
): Promise<void> {
  const { changeId, identityId, onBehalfOfId, claims, ...rest } = vote;
  await db.insert(PolicyChangeVoteRow, {
    ...rest,
    claims: [...claims],
    change: changeId,
    identity: identityId,
    onBehalfOf: onBehalfOfId,
  });
}

/** In the order they were cast. */
export async function listPolicyChangeVotes(
  db: Database,
  options: { changeIds: readonly string[] },
): Promise<readonly PolicyChangeVoteRow[]> {
  return db.find(
    PolicyChangeVoteRow,
    { change: { $in: [...options.changeIds] } },
    { populate: ['identity', 'onBehalfOf'], orderBy: { createdAt: 'asc' }, disableIdentityMap: true },
  );
}

/** The version that a server found in its file before; null for one that is new here. */
export async function findFileVersion(db: Database, options: { server: string }): Promise<string | null> {
  const row = await db.findOne(PolicyFileRow, options, { disableIdentityMap: true });
  return row?.version ?? null;
}

/** Forgets servers that have not been heard of since `forgetBefore`. */
export async function saveFileVersion(
  db: Database,
  options: { server: string; version: string; seenAt: Date; forgetBefore: Date },
): Promise<void> {
  const { forgetBefore, ...file } = options;
  await db.upsert(PolicyFileRow, file, { onConflictFields: ['server'] });
  await db.nativeDelete(PolicyFileRow, { seenAt: { $lt: forgetBefore } });
}
