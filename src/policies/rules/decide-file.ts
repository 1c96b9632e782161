/** The verdict on an operation on files over SFTP: what the role's `sftp` says, its effects, and the rules. */
import type { Verdict } from '../../core/verdict.ts';
import { isLook } from '../analyzers/files/file-statement.ts';
import type { ShellStatement } from '../analyzers/shell/shell-statement.ts';
import type { CommandRule, ShellRole } from '../document/schema.ts';
import { type Denial, denyForRules, matchingRules, reviewForRules } from './matching-rules.ts';
import { effectsOfShellRole } from './shell-role.ts';

/** What a role may do with files over SFTP. */
interface FileRights {
  readonly reads: boolean;
  readonly writes: boolean;
  /** Why it may not do more, as a clause. */
  readonly because: string;
}

const MASKS_NEED_WORDS =
  'masks apply to this host, and files pass without them: a role that may read files says sftp: read';

function rightsOf(role: ShellRole, isMasked: boolean): FileRights {
  if (role.sftp !== undefined) {
    return {
      reads: role.sftp !== 'none',
      writes: role.sftp === 'write',
      because: `it says sftp: ${role.sftp}`,
    };
  }
  if (role.programs !== undefined)
    return { reads: false, writes: false, because: 'it lists programs, and files need sftp: read or write' };
  const effects = effectsOfShellRole(role);
  return {
    reads: effects.includes('read-file') && !isMasked,
    writes: effects.includes('write-file'),
    because: isMasked ? MASKS_NEED_WORDS : `it allows ${effects.join(', ') || 'nothing'}`,
  };
}

/** True when SFTP is worth opening at all under the role: it may read or write something. */
export function mayUseFiles(role: ShellRole, options: { readonly isMasked: boolean }): boolean {
  const { reads, writes } = rightsOf(role, options.isMasked);
  return reads || writes;
}

function denyForFileRole(input: Parameters<typeof decideFile>[0]): Denial | null {
  const { statement, role, roleName, isMasked } = input;
  const { reads, writes, because } = rightsOf(role, isMasked);
  const refused = (what: string, why: string): Denial => {
    return { action: 'deny', rule: 'role', reason: `The role ${roleName} does not ${what}: ${why}.` };
  };
  const { effects } = statement;
  if (effects.includes('unknown')) return refused('allow what cannot be told', 'this could be anything');
  const isUnsure = statement.paths.some(({ certainty }) => certainty === 'guess');
  if (isUnsure && !effectsOfShellRole(role).includes('access-admin'))
    return refused('allow "access-admin"', 'the host does not tell where this path leads');
  if (effects.includes('access-admin') && !effectsOfShellRole(role).includes('access-admin'))
    return refused(
      'allow "access-admin"',
      'this is a file that says who may log in or what runs by itself, and only a role that lists the effect has those',
    );
  if (effects.includes('write-file') && !writes) return refused('write files over SFTP', because);
  if (effects.includes('read-file') && !reads) return refused('read files over SFTP', because);
  return reads || writes ? null : refused('use SFTP', because);
}

/**
 * Any denial wins, then a review asks. What only looks is never asked about: clients look many times before they read
 * or write anything, and that is what the rule holds.
 * @param input.isMasked true where masks apply to the host
 */
export function decideFile(input: {
  readonly statement: ShellStatement;
  readonly roleName: string;
  readonly role: ShellRole;
  /** The rules that apply to the resource, in the order of the policy document. */
  readonly rules: readonly CommandRule[];
  readonly isMasked: boolean;
}): Verdict {
  const { statement, roleName, rules } = input;
  const matched = matchingRules(rules, [statement]);
  const denial = denyForRules(matched) ?? denyForFileRole(input);
  if (denial !== null) return denial;
  const review = reviewForRules(matched);
  if (review !== null && !isLook(statement)) return review;
  return { action: 'allow', rule: null, reason: `The role ${roleName} allows it.` };
}
