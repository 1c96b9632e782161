import { LockMode } from '@mikro-orm/postgresql';
import { EphemeralRoleRow } from '../entities/ephemeral-role.ts';
import type { Database } from '../open-store.ts';

/** Does nothing when the grant has one. */
export async function insertEphemeralRole(
  db: Database,
  role: { grantId: string; name: string; seed: Uint8Array; target: unknown; at: Date },
): Promise<void> {
  const { grantId, at, seed, ...rest } = role;
  await db.upsert(
    EphemeralRoleRow,
    {
      ...rest,
      grant: grantId,
      seed: Buffer.from(seed),
      state: 'making',
      validUntil: null,
      attempts: 0,
      retryAt: at,
      problem: null,
      createdAt: at,
      droppedAt: null,
    },
    { onConflictFields: ['grant'], onConflictAction: 'ignore', disableIdentityMap: true },
  );
}

export async function findEphemeralRole(
  db: Database,
  options: { grantId: string },
): Promise<EphemeralRoleRow | null> {
  return db.findOne(EphemeralRoleRow, { grant: options.grantId }, { disableIdentityMap: true });
}

/** Of these grants, those that have a role. */
export async function listEphemeralRolesOf(
  db: Database,
  options: { grantIds: readonly string[] },
): Promise<readonly string[]> {
  const rows = await db.find(
    EphemeralRoleRow,
    { grant: { $in: [...options.grantIds] } },
    { fields: ['grant'], disableIdentityMap: true },
  );
  return rows.map((row) => row.grant.id);
}

/** @param options.wait false: null as well while somebody else works on it */
export async function lockEphemeralRole(
  db: Database,
  options: { grantId: string; wait: boolean },
): Promise<EphemeralRoleRow | null> {
  return db.findOne(
    EphemeralRoleRow,
    { grant: options.grantId },
    {
      lockMode: options.wait ? LockMode.PESSIMISTIC_WRITE : LockMode.PESSIMISTIC_PARTIAL_WRITE,
      disableIdentityMap: true,
    },
  );
}

export async function noteEphemeralRoleMade(
  db: Database,
  options: { grantId: string; target: unknown; validUntil: Date },
): Promise<void> {
  const { grantId, ...made } = options;
  await db.nativeUpdate(EphemeralRoleRow, { grant: grantId }, { ...made, state: 'made' });
}

export async function noteEphemeralRoleDropped(
  db: Database,
  options: { grantId: string; at: Date },
): Promise<void> {
  await db.nativeUpdate(
    EphemeralRoleRow,
    { grant: options.grantId },
    { state: 'dropped', droppedAt: options.at, problem: null },
  );
}

export async function noteEphemeralRoleProblem(
  db: Database,
  options: { grantId: string; attempts: number; retryAt: Date; problem: string },
): Promise<void> {
  const { grantId, ...noted } = options;
  await db.nativeUpdate(EphemeralRoleRow, { grant: grantId, state: { $ne: 'dropped' } }, noted);
}

/** Grants that ended and whose role is still there, as far as is known, and due for another attempt. */
export async function listEphemeralRolesToDrop(
  db: Database,
  options: { now: Date; limit: number },
): Promise<readonly string[]> {
  const rows = await db.find(
    EphemeralRoleRow,
    {
      state: { $ne: 'dropped' },
      retryAt: { $lte: options.now },
      grant: { state: { $nin: ['issuing', 'active'] } },
    },
    { limit: options.limit, orderBy: { retryAt: 'asc' }, disableIdentityMap: true },
  );
  return rows.map((row) => row.grant.id);
}

/** Live grants whose role's time on the target ends before theirs. */
export async function listEphemeralRolesToExtend(
  db: Database,
  options: { now: Date; limit: number },
): Promise<readonly string[]> {
  const rows = await db.execute<{ id: string }[]>(
    `select g.id from ephemeral_role e join access_grant g on g.id = e.grant_id
      where e.state = 'made' and e.valid_until < g.expires_at and g.state = 'active' and g.expires_at > ?
      order by e.valid_until, g.id limit ?`,
    [options.now, options.limit],
  );
  return rows.map((row) => row.id);
}
