/**
 * The connection to a target under a role: which login it uses, how its transactions begin, and what must be
 * true of it before anything of the client's is forwarded.
 */
import type { DatabaseRole, PostgresResource } from '../../policies/document/schema.ts';
import { type EphemeralRoleServices, ephemeralCredential, prepareEphemeralRole } from './ephemeral-role.ts';
import { checkReadOnly, READ_ONLY_PARAMETERS } from './read-only.ts';
import { closeUpstream } from './session-end.ts';
import { openUpstream, type Upstream } from './upstream-login.ts';
import type { UpstreamCredential } from './upstream-password.ts';

export interface RoleUpstream {
  readonly grant: { readonly id: string; readonly expiresAt: Date };
  readonly resource: PostgresResource;
  readonly roleName: string;
  readonly role: DatabaseRole;
  /** The configured one. Where the role is ephemeral, the grant's own login takes its place. */
  readonly credential: UpstreamCredential;
  /** Start-up parameters besides user and database. */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Logs in for a session of the grant.
 * @throws AppError `upstream_failed` that says what is wrong without a secret
 */
export async function openSessionUpstream(
  services: EphemeralRoleServices,
  options: RoleUpstream,
): Promise<Upstream> {
  const { role } = options;
  if (role.ephemeralRole === undefined) return openRoleUpstream(services, options);
  return openRoleUpstream(services, { ...options, credential: await ephemeralCredential(services, options) });
}

/**
 * Makes what the grant's sessions log in with, and tries it.
 * @throws AppError as `openSessionUpstream` does
 */
export async function prepareRoleUpstream(
  services: EphemeralRoleServices,
  options: RoleUpstream,
): Promise<void> {
  const { role } = options;
  const credential =
    role.ephemeralRole === undefined ? options.credential : await prepareEphemeralRole(services, options);
  await closeUpstream(await openRoleUpstream(services, { ...options, credential }), { busy: false });
}

/** Logs in, and checks that the login of a read-only role cannot write. */
async function openRoleUpstream({ access }: EphemeralRoleServices, options: RoleUpstream): Promise<Upstream> {
  const { resource, roleName, role, credential } = options;
  const readOnly = role.readOnly === true;
  const parameters = new Map([...options.parameters, ...(readOnly ? READ_ONLY_PARAMETERS : [])]);
  const upstream = await openUpstream({ resource, credential, parameters, random: access.random });
  if (!readOnly) return upstream;
  try {
    await checkReadOnly(upstream.socket, { resource: resource.name, role: roleName });
    return upstream;
  } catch (error) {
    await closeUpstream(upstream, { busy: false });
    throw error;
  }
}
