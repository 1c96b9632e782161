/**
 * The login role of one grant on its target: made with the credential of the configured role, used by the
 * grant's sessions, dropped after its end. Its password is derived and never sent: the target gets a verifier.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessContext } from '../../access/context.ts';
import { type EphemeralRole, keepEphemeralRole, readEphemeralRole } from '../../access/ephemeral-role.ts';
import { type EphemeralRoleTarget, ephemeralTarget } from '../../access/ephemeral-target.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { Secret } from '../../core/secret.ts';
import type { DatabaseRole, PostgresResource } from '../../policies/document/schema.ts';
import { deriveKey } from '../secret-keys.ts';
import {
  createRole,
  databasesOf,
  disown,
  dropRole,
  findRole,
  firstOf,
  joinRole,
  leaveRoles,
  lockRole,
  mayInherit,
  membershipsOf,
  terminateRole,
  updateRole,
} from './ephemeral-role-sql.ts';
import { scramVerifierText } from './scram/verifier.ts';
import { closeUpstream } from './session-end.ts';
import { openUpstream } from './upstream-login.ts';
import type { UpstreamCredential } from './upstream-password.ts';
import { runUpstreamQuery, type TextRow } from './upstream-query.ts';

const SALT_BYTES = 16;
const INSUFFICIENT_PRIVILEGE = '42501';
const TERMINATE_EVERY_MS = 100;
const TERMINATIONS_MAX = 50;

/** Of the connections that make and drop roles: nothing of the target's defaults decides what statements mean. */
const PARAMETERS: ReadonlyMap<string, string> = new Map([
  ['application_name', 'sallyport'],
  ['client_encoding', 'UTF8'],
  ['standard_conforming_strings', 'on'],
  ['default_transaction_read_only', 'off'],
  ['lock_timeout', '5s'],
  ['statement_timeout', '30s'],
]);

/** What is needed of the broker. */
export interface EphemeralRoleServices {
  readonly access: AccessContext;
  readonly secretKey: Secret<Uint8Array>;
}

interface GrantedRole {
  readonly grant: { readonly id: string; readonly expiresAt: Date };
  readonly resource: PostgresResource;
  readonly roleName: string;
  readonly role: DatabaseRole;
}

/**
 * Makes the grant's login role, or brings it up to date. Idempotent.
 * @throws AppError `upstream_failed` that says what the target refused, `conflict` when the grant has ended
 */
export async function prepareEphemeralRole(
  services: EphemeralRoleServices,
  granted: GrantedRole,
): Promise<UpstreamCredential> {
  const { access, secretKey } = services;
  const target = ephemeralTarget(granted.resource, granted.roleName, granted.role);
  const role = await keepEphemeralRole(access, {
    grantId: granted.grant.id,
    target,
    make: (made, holder) => makeRole(services, made, holder),
  });
  return credentialOf(role, secretKey);
}

/**
 * What a session of the grant logs in with. Asks the target only when the role is not what it should be: the
 * grant was extended, say, or the policy changed.
 * @throws AppError as `prepareEphemeralRole` does
 */
export async function ephemeralCredential(
  services: EphemeralRoleServices,
  granted: GrantedRole,
): Promise<UpstreamCredential> {
  const target = ephemeralTarget(granted.resource, granted.roleName, granted.role);
  const kept = await readEphemeralRole(services.access, { grantId: granted.grant.id });
  if (kept === null || kept.validUntil < granted.grant.expiresAt || !sameTarget(kept.target, target))
    return prepareEphemeralRole(services, granted);
  return credentialOf(kept, services.secretKey);
}

function sameTarget(left: EphemeralRoleTarget, right: EphemeralRoleTarget): boolean {
  const { address, database, memberOf } = right;
  return (
    left.address === address &&
    left.database === database &&
    left.memberOf.length === memberOf.length &&
    left.memberOf.every((name) => memberOf.includes(name))
  );
}

function credentialOf(role: EphemeralRole, secretKey: Secret<Uint8Array>): UpstreamCredential {
  const key = deriveKey(secretKey, { use: `postgres role ${role.name} v1`, salt: role.seed });
  return { username: role.name, password: new Secret(key.reveal().toString('base64url')) };
}

async function makeRole(services: EphemeralRoleServices, role: EphemeralRole, holder: string): Promise<void> {
  const { access, secretKey } = services;
  const { name, target, validUntil } = role;
  const { memberOf } = target;
  const { password } = credentialOf(role, secretKey);
  const verifier = await scramVerifierText({ password, salt: access.random(SALT_BYTES) });
  const comment = `Sallyport grant ${role.grantId}, ${holder}`;
  const made = { name, verifier, validUntil, memberOf, comment };
  await asAdministrator(services, { target, database: target.database }, async (run) => {
    const [found] = await run(findRole(name));
    const groups = namesIn(await run(membershipsOf(name)));
    const [heir = ''] = memberOf;
    const [may] = await run(mayInherit(heir));
    if (may?.['may'] !== 'true')
      throw lacking(`What ${name} leaves behind could not be given to ${heir}`, target);
    try {
      await run(
        found === undefined ? createRole(made) : updateRole(made, groups),
        `to make the role ${name}`,
      );
    } catch (error) {
      if (!isAppError(error) || error.context['targetState'] !== INSUFFICIENT_PRIVILEGE) throw error;
      throw lacking(error.message, target, error);
    }
  });
}

/** What the credential needs, as statements that a DBA can paste. */
function lacking(problem: string, target: EphemeralRoleTarget, cause?: unknown): AppError {
  const { resource, credential, memberOf } = target;
  const grants = memberOf.map((group) => `GRANT ${group} TO ${credential.username} WITH ADMIN OPTION`);
  const needs = `On ${resource}, ${credential.username} needs CREATEROLE, INHERIT and: ${grants.join('; ')}`;
  return new AppError('upstream_failed', `${problem}. ${needs}`, { cause });
}

/**
 * Ends the role's connections, hands what it owns to the first role that it was a member of, and drops it.
 * A role that is not there is dropped already.
 * @throws AppError `upstream_failed`; the role cannot log in any more if the target was reached
 */
export async function dropEphemeralRole(
  services: Pick<EphemeralRoleServices, 'access'>,
  role: { readonly name: string; readonly target: EphemeralRoleTarget },
): Promise<void> {
  const { name, target } = role;
  await asAdministrator(services, { target, database: target.database }, async (run) => {
    const [found] = await run(findRole(name));
    const id = found?.['id'];
    if (found === undefined || typeof id !== 'string') return;
    const drop = `to drop the role ${name}`;
    await run(lockRole(name), drop);
    if (found['superuser'] !== 'true') {
      const groups = namesIn(await run(membershipsOf(name)));
      if (groups.length > 0) await run(leaveRoles(name, groups), drop);
      await run(joinRole(name, { grantsOptions: found['grantsOptions'] === 'true' }), drop);
    }
    await terminate(run, { id, name });
    for (const row of await run(databasesOf(id))) {
      const database = row['name'] ?? '';
      await asAdministrator(services, { target, database }, async (there) => {
        const [heir] = await there(firstOf(target.memberOf));
        await there(disown(name, heir?.['name'] ?? null), drop);
      });
    }
    await run(dropRole(name), drop);
  });
}

/** Again and again: a connection that was being accepted when the role was locked shows up a moment later. */
async function terminate(run: Run, role: { readonly id: string; readonly name: string }): Promise<void> {
  for (let attempt = 0; attempt < TERMINATIONS_MAX; attempt += 1) {
    const [row] = await run(terminateRole(role.id), `to end the connections of ${role.name}`);
    if (row?.['count'] === '0') return;
    await sleep(TERMINATE_EVERY_MS);
  }
  throw new AppError('upstream_failed', `The connections of ${role.name} on the target do not end`);
}

type Run = (text: string, what?: string) => Promise<TextRow[]>;

async function asAdministrator(
  { access }: Pick<EphemeralRoleServices, 'access'>,
  at: { readonly target: EphemeralRoleTarget; readonly database: string },
  work: (run: Run) => Promise<void>,
): Promise<void> {
  const { resource, address, tls, passwordMethods, credential } = at.target;
  const upstream = await openUpstream({
    resource: { name: resource, address, database: at.database, tls, passwordMethods },
    credential: {
      username: credential.username,
      password: access.settings.readSecret(credential.password),
    },
    parameters: PARAMETERS,
    random: access.random,
  });
  try {
    await work((text, what) => runUpstreamQuery(upstream.socket, text, what));
  } finally {
    await closeUpstream(upstream, { busy: false });
  }
}

function namesIn(rows: readonly TextRow[]): string[] {
  return rows.map((row) => row['name'] ?? '');
}
