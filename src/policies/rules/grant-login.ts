/**
 * The login that a grant has on its target (`ephemeralRole`) is Sallyport's: with another password or a later deadline
 * it would be a way past the broker. So no statement changes it, also under a role that lists `role-admin`.
 */
import type { Verdict } from '../../core/verdict.ts';
import type { SqlStatement } from '../analyzers/sql/statement.ts';
import type { DatabaseRole } from '../document/schema.ts';

/** A denial when the role has such a login and the statement may change one; else null. */
export function denyForGrantLogin(options: {
  readonly statement: SqlStatement;
  readonly roleName: string;
  readonly role: DatabaseRole;
}): Extract<Verdict, { action: 'deny' }> | null {
  const { statement, roleName, role } = options;
  if (role.ephemeralRole === undefined || !statement.changesGrantLogin) return null;
  return {
    action: 'deny',
    rule: 'grant-login',
    reason: `Under the role ${roleName} the login on the target belongs to Sallyport: it keeps its password, its deadline and its name until the grant ends.`,
  };
}
