/** The verdict on a text for a shell: what its commands would do, against what the role allows and the rules narrow. */
import type { Verdict } from '../../core/verdict.ts';
import type { ShellAnalysis } from '../analyzers/shell/shell-statement.ts';
import type { CommandRule, ShellRole } from '../document/schema.ts';
import { denyForRules, matchingRules, reviewForRules } from './matching-rules.ts';
import { denyForShellRole } from './shell-role.ts';

/** Decides: any denial of any command denies the whole text, and where nothing denies, a review asks. */
export function decideCommand(input: {
  readonly analysis: ShellAnalysis;
  readonly roleName: string;
  readonly role: ShellRole;
  /** The rules that apply to the resource, in the order of the policy document. */
  readonly rules: readonly CommandRule[];
}): Verdict {
  const { roleName, role } = input;
  const { statements, parseError } = input.analysis;
  if (parseError !== null)
    return { action: 'deny', rule: 'unparsable', reason: `This command is not read: ${parseError}.` };
  if (statements.length === 0) return { action: 'deny', rule: 'unparsable', reason: 'This is no command.' };
  const matched = matchingRules(input.rules, statements);
  const denial = denyForRules(matched);
  if (denial !== null) return denial;
  for (const statement of statements) {
    const refusal = denyForShellRole({ statement, roleName, role });
    if (refusal !== null) return refusal;
  }
  return (
    reviewForRules(matched) ?? { action: 'allow', rule: null, reason: `The role ${roleName} allows it.` }
  );
}
