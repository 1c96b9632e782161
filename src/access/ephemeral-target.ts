/** Where the login role of a grant lives, as it is kept beside the grant. */
import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import { SECRET_REFERENCE } from '../policies/document/fields.ts';
import type { DatabaseRole, PostgresResource } from '../policies/document/schema.ts';

/** Where a role is made, by whom, and what it belongs to. Kept with the role: the policy may change meanwhile. */
export const EPHEMERAL_ROLE_TARGET = z.object({
  resource: z.string(),
  role: z.string(),
  address: z.string(),
  database: z.string(),
  tls: z.object({
    mode: z.enum(['disable', 'require', 'verify-ca', 'verify-full']),
    ca: z.string().optional(),
    certificate: z.string().optional(),
    key: z.string().optional(),
  }),
  passwordMethods: z.array(z.enum(['scram-sha-256', 'md5', 'cleartext'])).optional(),
  credential: z.object({ username: z.string(), password: SECRET_REFERENCE }),
  memberOf: z.array(z.string()).min(1),
});
export type EphemeralRoleTarget = z.output<typeof EPHEMERAL_ROLE_TARGET>;

/**
 * The target of a configured role.
 * @throws AppError `config_invalid` when the role has no memberOf or its credential no password
 */
export function ephemeralTarget(
  resource: PostgresResource,
  roleName: string,
  role: DatabaseRole,
): EphemeralRoleTarget {
  const { username, password } = role.credential ?? resource.credential;
  const memberOf = role.ephemeralRole?.memberOf;
  if (memberOf === undefined || password === undefined)
    throw new AppError('config_invalid', `${roleName} on ${resource.name} cannot have ephemeral roles.`);
  const { name, address, database, tls, passwordMethods } = resource;
  return {
    resource: name,
    role: roleName,
    address,
    database,
    tls: { ...tls },
    ...(passwordMethods === undefined ? {} : { passwordMethods }),
    credential: { username, password },
    memberOf,
  };
}
