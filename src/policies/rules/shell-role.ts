/**
 * What a role allows on a host. With `programs` it is enforcement: these run, each by the very word that is listed,
 * and nothing else does. Without, everything runs but what could hide something else.
 */
import { operationOf, type ShellEffect } from '../../core/statement.ts';
import type { HiddenRun, ShellStatement } from '../analyzers/shell/shell-statement.ts';
import type { ShellRole } from '../document/schema.ts';
import type { Denial } from './matching-rules.ts';

const WITHOUT_LIST: readonly ShellEffect[] = ['run', 'read-file', 'write-file'];
/** A written file may be what a listed program obeys, or what runs at the next login. */
const WITH_LIST: readonly ShellEffect[] = ['run', 'read-file'];

const BECAUSE: Readonly<Record<HiddenRun['because'], (name: string) => string>> = {
  'runs-others': (name) => `${name} can run, called so, what the command does not show`,
  elsewhere: (name) =>
    `${name} lies outside the directories of the system, so its name says nothing about it`,
  variable: (name) => `programs obey the variable ${name}`,
  unread: (name) => `it cannot be told which program ${name} would start`,
};

/** The effects that a role has: those that it lists, else the plain ones. */
export function effectsOfShellRole({ allow, programs }: ShellRole): readonly ShellEffect[] {
  return allow ?? (programs === undefined ? WITHOUT_LIST : WITH_LIST);
}

function unlistedProgram({ programs }: ShellRole, statement: ShellStatement): string | null {
  if (programs === undefined) return null;
  return statement.programs.find(({ name }) => !programs.includes(name))?.name ?? null;
}

/** A program that a list names by its place is known by it, and one that starts another shows which. */
function hiddenFrom({ programs = [] }: ShellRole, { hidden }: ShellStatement): readonly HiddenRun[] {
  return hidden.filter(({ name, because }) => because !== 'elsewhere' || !programs.includes(name));
}

function reasonFor(effect: string, options: Parameters<typeof denyForShellRole>[0]): string {
  const { statement, role, roleName } = options;
  const [first] = hiddenFrom(role, statement);
  if (effect === 'unknown') return 'Sallyport cannot tell what this command would do, so no role allows it.';
  const listed = effectsOfShellRole(role).join(', ');
  const because =
    effect === 'indirect' && first !== undefined ? ` ${BECAUSE[first.because](first.name)}.` : '';
  return `The role ${roleName} does not allow "${effect}".${because} It allows ${listed === '' ? 'nothing' : listed}.`;
}

/** The most consequential thing that the role lacks, as a denial; null when it has all. */
export function denyForShellRole(options: {
  readonly statement: ShellStatement;
  readonly roleName: string;
  readonly role: ShellRole;
}): Denial | null {
  const { statement, roleName, role } = options;
  const unlisted = unlistedProgram(role, statement);
  if (unlisted !== null) {
    const reason = `The role ${roleName} does not run ${unlisted}. It runs ${role.programs?.join(', ')}, by these very words.`;
    return { action: 'deny', rule: 'role', reason };
  }
  const allowed = effectsOfShellRole(role) as readonly string[];
  const refused = statement.effects.filter((effect) => {
    if (effect === 'indirect' && hiddenFrom(role, statement).length === 0) return false;
    return !allowed.includes(effect);
  });
  if (refused.length === 0) return null;
  return { action: 'deny', rule: 'role', reason: reasonFor(operationOf(refused), options) };
}
