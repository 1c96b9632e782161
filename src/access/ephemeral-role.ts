/**
 * The login role that a grant has on its target: made before the grant is issued, dropped after its end. The
 * row comes first and stays until the target has confirmed the drop, so a crash at any point leaves something
 * that the sweep finds. Whoever works on a role holds its row's lock, so making and dropping never cross.
 */
import { after } from '../core/clock.ts';
import { ephemeralRoleName } from '../core/ephemeral-role.ts';
import { AppError, messageOf } from '../core/errors.ts';
import type { EphemeralRoleRow } from '../store/entities/ephemeral-role.ts';
import {
  findEphemeralRole,
  insertEphemeralRole,
  lockEphemeralRole,
  noteEphemeralRoleDropped,
  noteEphemeralRoleMade,
  noteEphemeralRoleProblem,
} from '../store/operations/ephemeral-roles.ts';
import { findGrant, lockGrant } from '../store/operations/grants.ts';
import type { AccessContext } from './context.ts';
import { EPHEMERAL_ROLE_TARGET, type EphemeralRoleTarget } from './ephemeral-target.ts';
import type { ConnectionPreparer, EphemeralRoleDropper } from './ports.ts';
import { recordEvent } from './record.ts';

const SEED_BYTES = 16;
const PROBLEM_CHARACTERS_MAX = 500;
const RETRY_FIRST_MS = 2_000;
const RETRY_LONGEST_MS = 300_000;

export interface EphemeralRole {
  readonly grantId: string;
  readonly name: string;
  /** Random for each role; the password follows from it and the broker's key. */
  readonly seed: Uint8Array;
  readonly target: EphemeralRoleTarget;
  /** The grant's deadline. */
  readonly validUntil: Date;
}

/** The grant's role as the target was last told; null when it was never made, or was dropped. */
export async function readEphemeralRole(
  context: AccessContext,
  input: { grantId: string },
): Promise<EphemeralRole | null> {
  const row = await findEphemeralRole(context.store.read(), input);
  if (row === null || row.state !== 'made' || row.validUntil == null) return null;
  return roleOf(row, row.validUntil);
}

/**
 * Has the role of a live grant made, or brought up to date: its deadline, its memberships, its password.
 * @param input.make does so on the target; idempotent. `holder` is for people to read
 * @throws AppError `conflict` when the grant has ended, or the resource has moved since the role was made;
 *   whatever `make` throws
 */
export async function keepEphemeralRole(
  context: AccessContext,
  input: {
    grantId: string;
    target: EphemeralRoleTarget;
    make: (role: EphemeralRole, holder: string) => Promise<void>;
  },
): Promise<EphemeralRole> {
  const { grantId, target } = input;
  await context.store.transaction(async (db) => {
    const grant = await lockGrant(db, { id: grantId });
    if (grant === null || !isLive(grant)) throw ended(grantId);
    const name = ephemeralRoleName(grantId, grant.holder);
    const seed = context.random(SEED_BYTES);
    await insertEphemeralRole(db, { grantId, name, seed, target, at: context.clock.now() });
  });
  return context.store.transaction(async (db) => {
    const row = await lockEphemeralRole(db, { grantId, wait: true });
    const grant = await findGrant(db, { id: grantId });
    if (row === null || grant === null || row.state === 'dropped' || !isLive(grant)) throw ended(grantId);
    const kept = EPHEMERAL_ROLE_TARGET.parse(row.target);
    if (kept.address !== target.address || kept.database !== target.database) {
      throw new AppError(
        'conflict',
        `${target.resource} has moved since grant ${grantId} was issued. Ask for access again.`,
      );
    }
    const { name: holderName, email } = grant.holder;
    const role = { ...roleOf(row, grant.expiresAt), target };
    await input.make(role, `${holderName} <${email}>`);
    await noteEphemeralRoleMade(db, { grantId, target, validUntil: grant.expiresAt });
    if (row.state === 'making') {
      const data = { name: role.name, resource: target.resource };
      await recordEvent(db, {
        at: context.clock.now(),
        type: 'ephemeral-role.made',
        actorId: null,
        subject: grantId,
        data,
      });
    }
    return role;
  });
}

/**
 * Has the target told that the role of an extended grant is valid for longer. Idempotent: one that is valid for as
 * long as its grant is left alone.
 * @throws what the preparation throws, for another attempt
 */
export async function extendEphemeralRole(
  context: AccessContext,
  input: { grantId: string; preparer: ConnectionPreparer },
): Promise<'extended' | 'unchanged'> {
  const { grantId, preparer } = input;
  const db = context.store.read();
  const grant = await findGrant(db, { id: grantId });
  const role = await findEphemeralRole(db, { grantId });
  const isDue =
    grant?.state === 'active' &&
    grant.expiresAt > context.clock.now() &&
    role?.state === 'made' &&
    (role.validUntil ?? grant.expiresAt) < grant.expiresAt;
  if (!isDue) return 'unchanged';
  await preparer.prepare(grantId);
  return 'extended';
}

/**
 * Has the role of an ended grant dropped. Idempotent.
 * @returns `busy` while somebody else works on it
 * @throws whatever the dropper throws, for another attempt later
 */
export async function dropEphemeralRole(
  context: AccessContext,
  input: { grantId: string; dropper: EphemeralRoleDropper },
): Promise<'dropped' | 'unchanged' | 'busy'> {
  const { grantId } = input;
  const known = await findEphemeralRole(context.store.read(), { grantId });
  if (known === null || known.state === 'dropped') return 'unchanged';
  try {
    return await context.store.transaction(async (db) => {
      const row = await lockEphemeralRole(db, { grantId, wait: false });
      if (row === null) return 'busy';
      const grant = await findGrant(db, { id: grantId });
      if (row.state === 'dropped' || grant === null || isLive(grant)) return 'unchanged';
      const target = withCurrentCredential(context, EPHEMERAL_ROLE_TARGET.parse(row.target));
      await input.dropper.dropEphemeralRole({ name: row.name, target });
      const at = context.clock.now();
      await noteEphemeralRoleDropped(db, { grantId, at });
      const data = { name: row.name, resource: target.resource };
      await recordEvent(db, { at, type: 'ephemeral-role.dropped', actorId: null, subject: grantId, data });
      return 'dropped';
    });
  } catch (error) {
    await noteProblem(context, known, messageOf(error));
    throw new Error(`could not drop the role ${known.name} of grant ${grantId}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function noteProblem(context: AccessContext, row: EphemeralRoleRow, message: string): Promise<void> {
  const grantId = row.grant.id;
  const attempts = row.attempts + 1;
  const problem = message.slice(0, PROBLEM_CHARACTERS_MAX);
  const at = context.clock.now();
  const retryAt = after(at, Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** Math.min(row.attempts, 16)));
  await context.store.transaction(async (db) => {
    await noteEphemeralRoleProblem(db, { grantId, attempts, retryAt, problem });
    if (attempts > 1) return;
    const data = { name: row.name, problem };
    await recordEvent(db, { at, type: 'ephemeral-role.drop-failed', actorId: null, subject: grantId, data });
  });
}

/** The credential may have been changed since; the target may not. */
function withCurrentCredential(context: AccessContext, target: EphemeralRoleTarget): EphemeralRoleTarget {
  const { document } = context.policy.current();
  const resource = document.resources.find(({ name }) => name === target.resource);
  if (resource?.kind !== 'postgres' || resource.address !== target.address) return target;
  const role = Object.hasOwn(resource.roles, target.role) ? resource.roles[target.role] : undefined;
  const { username, password } = role?.credential ?? resource.credential;
  return password === undefined ? target : { ...target, credential: { username, password } };
}

function roleOf(row: EphemeralRoleRow, validUntil: Date): EphemeralRole {
  const { grant, name, seed, target } = row;
  return { grantId: grant.id, name, seed, target: EPHEMERAL_ROLE_TARGET.parse(target), validUntil };
}

function isLive(grant: { readonly state: string }): boolean {
  return grant.state === 'issuing' || grant.state === 'active';
}

function ended(grantId: string): AppError {
  return new AppError('conflict', `Grant ${grantId} has ended.`);
}
