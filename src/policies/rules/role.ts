/** What a role allows: the effects that it lists, and those that every role has. */
import {
  EFFECTS_OF_EVERY_ROLE,
  type Effect,
  operationOf,
  type StatementAnalysis,
} from '../../core/statement.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { DatabaseRole } from '../document/schema.ts';

/** A read-only role never has these, whatever it lists. */
const WRITING_EFFECTS: ReadonlySet<Effect> = new Set<Effect>([
  'maintenance',
  'insert',
  'update',
  'merge',
  'copy-in',
  'delete',
  'create',
  'alter',
  'do',
  'truncate',
  'drop',
  'grant',
  'role-admin',
  'server-file',
  'copy-program',
]);

function isAllowed(role: DatabaseRole, effect: Effect): boolean {
  if (effect === 'unknown') return false;
  if (role.readOnly === true && WRITING_EFFECTS.has(effect)) return false;
  return role.allow === 'all' || role.allow.includes(effect) || EFFECTS_OF_EVERY_ROLE.includes(effect);
}

function reasonFor(options: { effect: Effect; roleName: string; role: DatabaseRole }): string {
  const { effect, roleName, role } = options;
  if (effect === 'unknown')
    return 'Sallyport cannot tell what this statement would do, so no role allows it.';
  if (role.readOnly === true && WRITING_EFFECTS.has(effect)) {
    return `This statement would ${effect}, and the role ${roleName} is read-only.`;
  }
  const allowed = role.allow === 'all' ? [] : role.allow.filter((one) => one !== 'unknown');
  const list = allowed.length === 0 ? 'nothing but session settings' : allowed.join(', ');
  return `The role ${roleName} does not allow "${effect}". It allows ${list}.`;
}

/** The most consequential effect of the statement that the role lacks, as a denial; null when it has all. */
export function denyForRole(options: {
  statement: StatementAnalysis;
  roleName: string;
  role: DatabaseRole;
}): Extract<Verdict, { action: 'deny' }> | null {
  const { statement, roleName, role } = options;
  const refused = statement.effects.filter((effect) => !isAllowed(role, effect));
  if (refused.length === 0) return null;
  const effect = operationOf(refused);
  return { action: 'deny', rule: 'role', reason: reasonFor({ effect, roleName, role }) };
}
