/** What a role allows: the effects that it lists, the functions that it names, and the effects that every role has. */
import {
  EFFECTS_LISTED_BY_NAME,
  EFFECTS_OF_EVERY_ROLE,
  type Effect,
  operationOf,
} from '../../core/statement.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { UserFunction } from '../analyzers/sql/database-facts.ts';
import type { UserCall } from '../analyzers/sql/findings.ts';
import type { SqlStatement } from '../analyzers/sql/statement.ts';
import type { DatabaseRole } from '../document/schema.ts';
import { matchesPattern } from './name-pattern.ts';

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
  if (EFFECTS_OF_EVERY_ROLE.includes(effect) || isListed(role, effect)) return true;
  return isListed(role, 'all') && !EFFECTS_LISTED_BY_NAME.includes(effect);
}

function isListed({ allow }: DatabaseRole, item: Effect | 'all'): boolean {
  return typeof allow === 'string' ? allow === item : allow.some((listed) => listed === item);
}

/** True when the role has every effect that a role can have. */
export function allowsEverything(role: DatabaseRole): boolean {
  const listed = ['all', ...EFFECTS_LISTED_BY_NAME] as const;
  return role.readOnly !== true && listed.every((item) => isListed(role, item));
}

function isNamed(role: DatabaseRole, { schema, name }: UserFunction): boolean {
  return (role.functions ?? []).some((pattern) => matchesPattern({ pattern, text: `${schema}.${name}` }));
}

/** The calls that the role does not name. One that can mean several functions needs every one of them named. */
function unnamedCalls(role: DatabaseRole, calls: readonly UserCall[]): readonly UserCall[] {
  return calls.filter(({ candidates }) => {
    return candidates === null || !candidates.every((candidate) => isNamed(role, candidate));
  });
}

function describeCall({ name, candidates }: UserCall): string {
  const known = candidates ?? [];
  if (known.length === 0) return `${name}, which is none of PostgreSQL's own`;
  const names = [...new Set(known.map((candidate) => `${candidate.schema}.${candidate.name}`))].join(' or ');
  const volatile = known.some(({ volatility }) => volatility === 'volatile');
  return volatile ? `${names}, which is volatile: it may change data` : names;
}

const LISTED_MAX = 5;

function reasonForCalls(options: {
  calls: readonly UserCall[];
  roleName: string;
  role: DatabaseRole;
}): string {
  const { calls, roleName, role } = options;
  const unnamed = unnamedCalls(role, calls).slice(0, LISTED_MAX).map(describeCall);
  const which = unnamed.length === 0 ? '' : ` This calls ${unnamed.join('; ')}.`;
  return `The role ${roleName} does not allow "call".${which} It allows ${allowedBy(role)}.`;
}

function allowedBy(role: DatabaseRole): string {
  if (isListed(role, 'all')) {
    const lacking = EFFECTS_LISTED_BY_NAME.filter((effect) => !isListed(role, effect));
    return lacking.length === 0 ? 'all effects' : `all effects but ${lacking.join(', ')}`;
  }
  const allowed = typeof role.allow === 'string' ? [] : role.allow.filter((one) => one !== 'unknown');
  return allowed.length === 0 ? 'nothing but session settings' : allowed.join(', ');
}

/** How the operator says that a role which allows all should have this too. */
function listingWith(role: DatabaseRole, effect: Effect): string {
  const listed = typeof role.allow === 'string' ? [role.allow] : role.allow;
  return `allow: [${[...listed.filter((one) => one !== 'unknown'), effect].join(', ')}]`;
}

function reasonFor(options: { effect: Effect; roleName: string; role: DatabaseRole }): string {
  const { effect, roleName, role } = options;
  if (effect === 'unknown')
    return 'Sallyport cannot tell what this statement would do, so no role allows it.';
  if (role.readOnly === true && WRITING_EFFECTS.has(effect)) {
    return `This statement would ${effect}, and the role ${roleName} is read-only.`;
  }
  const reason = `The role ${roleName} does not allow "${effect}". It allows ${allowedBy(role)}.`;
  if (!isListed(role, 'all')) return reason;
  return `${reason} What could make a way around Sallyport is allowed only where a role lists it: ${listingWith(role, effect)}.`;
}

/** The most consequential effect of the statement that the role lacks, as a denial; null when it has all. */
export function denyForRole(options: {
  statement: Pick<SqlStatement, 'effects' | 'calls'>;
  roleName: string;
  role: DatabaseRole;
}): Extract<Verdict, { action: 'deny' }> | null {
  const { statement, roleName, role } = options;
  const { effects, calls } = statement;
  const named = calls.length > 0 && unnamedCalls(role, calls).length === 0;
  const refused = effects.filter((effect) => !isAllowed(role, effect) && !(effect === 'call' && named));
  if (refused.length === 0) return null;
  const effect = operationOf(refused);
  const reason =
    effect === 'call' ? reasonForCalls({ calls, roleName, role }) : reasonFor({ effect, roleName, role });
  return { action: 'deny', rule: 'role', reason };
}
