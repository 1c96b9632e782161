import { DelegationRow } from '../entities/delegation.ts';
import type { IdentityRow } from '../entities/identity.ts';
import type { Database } from '../open-store.ts';
import { rowReader } from '../read-rows.ts';

const WITH_PEOPLE = ['from', 'to'] as const;
const readDelegations = rowReader(DelegationRow, { alias: 'd', with: WITH_PEOPLE });

/** As much of a delegation as a vote needs. */
export interface LiveDelegation {
  readonly id: string;
  readonly from: IdentityRow;
  readonly to: IdentityRow;
  /** What the one who delegates was then. */
  readonly claims: readonly string[];
}

/** @throws when there is one of the kind, accepted or not, between the two already */
export async function insertDelegation(
  db: Database,
  delegation: {
    id: string;
    fromId: string;
    toId: string;
    claims: readonly string[];
    createdAt: Date;
    /** Null until the delegate agrees. */
    acceptedAt: Date | null;
    until: Date;
  },
): Promise<void> {
  const { fromId, toId, claims, ...rest } = delegation;
  await db.insert(DelegationRow, { ...rest, claims: [...claims], from: fromId, to: toId, endedAt: null });
}

/** Until the transaction ends nobody else changes what this person delegates. */
export async function lockDelegator(db: Database, options: { fromId: string }): Promise<void> {
  await db.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`delegator:${options.fromId}`]);
}

/** Those by which somebody may decide in another's place now, accepted by them, the oldest first. */
export async function listDelegationsTo(
  db: Database,
  options: { toIds: readonly string[]; now: Date },
): Promise<readonly LiveDelegation[]> {
  if (options.toIds.length === 0) return [];
  return readDelegations(db, {
    where: `d.to_id in (select jsonb_array_elements_text(?::jsonb))
            and d.accepted_at is not null and d.ended_at is null and d.until > ?`,
    values: [JSON.stringify(options.toIds), options.now.toISOString()],
    orderBy: 'd.created_at, d.id',
  });
}

/** From or to one of these accounts, newest first; those that are over only when asked for. */
export async function listDelegations(
  db: Database,
  options: { ofIds: readonly string[]; now: Date; limit: number },
): Promise<readonly DelegationRow[]> {
  const ids = [...options.ofIds];
  return db.find(
    DelegationRow,
    {
      $or: [{ from: { $in: ids } }, { to: { $in: ids } }],
      endedAt: null,
      until: { $gt: options.now },
    },
    {
      populate: [...WITH_PEOPLE],
      orderBy: { createdAt: 'desc', id: 'desc' },
      limit: options.limit,
      disableIdentityMap: true,
    },
  );
}

export async function findDelegation(db: Database, options: { id: string }): Promise<DelegationRow | null> {
  return db.findOne(
    DelegationRow,
    { id: options.id },
    { populate: [...WITH_PEOPLE], disableIdentityMap: true },
  );
}

/** @returns true if this call ended it */
export async function endDelegation(db: Database, options: { id: string; at: Date }): Promise<boolean> {
  const ended = await db.nativeUpdate(
    DelegationRow,
    { id: options.id, endedAt: null },
    { endedAt: options.at },
  );
  return ended === 1;
}

/** @returns true if this call did it */
export async function acceptDelegation(db: Database, options: { id: string; at: Date }): Promise<boolean> {
  const accepted = await db.nativeUpdate(
    DelegationRow,
    { id: options.id, endedAt: null, acceptedAt: null },
    { acceptedAt: options.at },
  );
  return accepted === 1;
}

/** What stands between two people, accepted or not: at most one of each. */
export async function listDelegationsBetween(
  db: Database,
  options: { fromId: string; toId: string },
): Promise<readonly DelegationRow[]> {
  return db.find(
    DelegationRow,
    { from: options.fromId, to: options.toId, endedAt: null },
    { disableIdentityMap: true },
  );
}

/** Ends those between two people, so that another can take their place. @returns their ids */
export async function endDelegationsBetween(
  db: Database,
  options: { fromId: string; toId: string; accepted: boolean; at: Date },
): Promise<readonly string[]> {
  const { accepted, at } = options;
  const live = (await listDelegationsBetween(db, options)).filter(
    ({ acceptedAt }) => (acceptedAt != null) === accepted,
  );
  for (const { id } of live) await endDelegation(db, { id, at });
  return live.map(({ id }) => id);
}
