/**
 * The verdict on a command: what it would do, against what the role allows, what the rules narrow, and what
 * masks protect. Pure; any objection to any statement of the text denies all of it.
 */
import type { Verdict } from '../../core/verdict.ts';
import type { SqlStatement } from '../analyzers/sql/statement.ts';
import type { CommandRule, DatabaseRole } from '../document/schema.ts';
import type { MaskPlan } from '../masks/plan.ts';
import { denyForMasks } from '../masks/statement.ts';
import { ruleMatches } from './match.ts';
import { denyForRole } from './role.ts';

type Denial = Extract<Verdict, { action: 'deny' }>;

export interface DecisionInput {
  readonly analyses: readonly SqlStatement[];
  /** What the parser said, when it could not read the text. */
  readonly parseError: string | null;
  readonly roleName: string;
  readonly role: DatabaseRole;
  /** The rules that apply to the resource, in the order of the policy document. */
  readonly rules: readonly CommandRule[];
  /** Null where no mask applies to the resource. */
  readonly masks: MaskPlan | null;
}

function denyForRule(rule: CommandRule): Denial {
  if (rule.action === 'deny') {
    return { action: 'deny', rule: rule.name, reason: rule.message ?? `The rule ${rule.name} refuses this.` };
  }
  // Configuration refuses these actions for now. If one gets here all the same, refusing is the safe reading.
  const reason = `The rule ${rule.name} asks for "${rule.action}", which is not available yet.`;
  return { action: 'deny', rule: rule.name, reason };
}

function denyForRules({ rules, analyses }: DecisionInput): Denial | null {
  for (const rule of rules) {
    if (analyses.some((statement) => ruleMatches(rule.match, statement))) return denyForRule(rule);
  }
  return null;
}

function denyForAnyRole({ analyses, roleName, role }: DecisionInput): Denial | null {
  for (const statement of analyses) {
    const denial = denyForRole({ statement, roleName, role });
    if (denial !== null) return denial;
  }
  return null;
}

/**
 * Decides. When a configured rule and the role both object, the rule's message is the one that helps. Several
 * statements: any denial denies the whole text (section 6 of the design).
 */
export function decideStatement(input: DecisionInput): Verdict {
  if (input.parseError !== null) {
    return {
      action: 'deny',
      rule: 'unparsable',
      reason: `This statement cannot be read: ${input.parseError}.`,
    };
  }
  const { roleName, masks, analyses } = input;
  const denial =
    denyForRules(input) ?? denyForAnyRole(input) ?? (masks === null ? null : denyForMasks(masks, analyses));
  return denial ?? { action: 'allow', rule: null, reason: `The role ${roleName} allows it.` };
}
