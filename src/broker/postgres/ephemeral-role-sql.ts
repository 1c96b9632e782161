/** The statements about a grant's login role, for PostgreSQL 15 to 18. Text only; nothing is sent from here. */

/** An identifier, whatever is in it. */
function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text literal. The broker's own connections have standard_conforming_strings on. */
function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export interface RoleToMake {
  readonly name: string;
  /** SCRAM verifier; PostgreSQL takes one in place of a password. */
  readonly verifier: string;
  readonly validUntil: Date;
  readonly memberOf: readonly string[];
  readonly comment: string;
}

function loginOf({ verifier, validUntil }: RoleToMake): string {
  return `login password ${quoteText(verifier)} valid until ${quoteText(validUntil.toISOString())}`;
}

function commentOn({ name, comment }: RoleToMake): string {
  return `comment on role ${quoteName(name)} is ${quoteText(comment)}`;
}

export function createRole(role: RoleToMake): string {
  const memberships = role.memberOf.map(quoteName).join(', ');
  const attributes = 'nosuperuser nocreatedb nocreaterole noreplication nobypassrls inherit';
  return `create role ${quoteName(role.name)} with ${attributes} ${loginOf(role)} in role ${memberships}; ${commentOn(role)}`;
}

/** @param found the roles that it is a member of now */
export function updateRole(role: RoleToMake, found: readonly string[]): string {
  const name = quoteName(role.name);
  const missing = role.memberOf.filter((group) => !found.includes(group));
  const extra = found.filter((group) => !role.memberOf.includes(group));
  return [
    `alter role ${name} with ${loginOf(role)}`,
    ...missing.map((group) => `grant ${quoteName(group)} to ${name}`),
    ...extra.map((group) => `revoke ${quoteName(group)} from ${name}`),
    commentOn(role),
  ].join('; ');
}

export const membershipsOf = (name: string): string => `
  select roles.rolname as name
  from pg_roles member join pg_auth_members held on held.member = member.oid join pg_roles roles on roles.oid = held.roleid
  where member.rolname = ${quoteText(name)}`;

/** Whether the connection's own login has the rights of a role: it must, to take over for it what is left behind. */
export const mayInherit = (name: string): string =>
  `select pg_has_role(current_user, ${quoteText(name)}, 'usage')::text as may`;

/** One row when the role is there: its id, and what the connection's own login is. */
export const findRole = (name: string): string => `
  select role.oid::text as id, own.rolsuper::text as superuser,
    (current_setting('server_version_num')::int >= 160000)::text as "grantsOptions"
  from pg_roles role, pg_roles own where role.rolname = ${quoteText(name)} and own.rolname = current_user`;

/** From here on it cannot log in, whatever else fails. */
export const lockRole = (name: string): string => `alter role ${quoteName(name)} with nologin password null`;

/** So that the login which drops it can join it, even where the role was a member of that login. */
export const leaveRoles = (name: string, groups: readonly string[]): string =>
  groups.map((group) => `revoke ${quoteName(group)} from ${quoteName(name)}`).join('; ');

/** Ending its connections and taking over what it owns need the rights of the role itself. */
export function joinRole(name: string, options: { readonly grantsOptions: boolean }): string {
  const also = options.grantsOptions ? ' with inherit true, set true' : '';
  return `grant ${quoteName(name)} to current_user${also}`;
}

/** Counts the role's connections and tells each to end. */
export const terminateRole = (id: string): string => `
  select count(pg_terminate_backend(pid))::text as count from pg_stat_activity where usesysid = ${quoteText(id)}::oid`;

/** The databases in which something depends on the role, the connection's own always among them. */
export const databasesOf = (id: string): string => `
  select datname as name from pg_database where datname = current_database() or oid in (
    select dbid from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = ${quoteText(id)}::oid)`;

/** The first of these roles that exists. */
export const firstOf = (names: readonly string[]): string => `
  select rolname as name from pg_roles where rolname in (${names.map(quoteText).join(', ')})
  order by array_position(array[${names.map(quoteText).join(', ')}]::name[], rolname) limit 1`;

/** Within the connection's database, and for what belongs to no database. */
export function disown(name: string, to: string | null): string {
  const heir = to === null ? 'current_user' : quoteName(to);
  return `reassign owned by ${quoteName(name)} to ${heir}; drop owned by ${quoteName(name)}`;
}

export const dropRole = (name: string): string => `drop role ${quoteName(name)}`;
