/**
 * The verdict on a command: what it would do, against what the role allows, what the rules narrow, and what
 * masks protect. Pure; any objection to any statement of the text denies all of it.
 */

import type { Verdict } from '../../core/verdict.ts';
import { seatsTogether } from '../access/seats.ts';
import type { SqlStatement } from '../analyzers/sql/statement.ts';
import type { CommandRule, DatabaseRole } from '../document/schema.ts';
import type { MaskPlan } from '../masks/plan.ts';
import { judgeForMasks } from '../masks/statement.ts';
import { denyForGrantLogin } from './grant-login.ts';
import { type Denial, denyForRules, matchingRules, type Review, reviewForRules } from './matching-rules.ts';
import { denyForReadOnly } from './read-only.ts';
import { denyForRole } from './role.ts';

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

function denyForAnyRole({ analyses, roleName, role }: DecisionInput): Denial | null {
  for (const statement of analyses) {
    const denial =
      denyForRole({ statement, roleName, role }) ??
      denyForReadOnly({ statement, roleName, role }) ??
      denyForGrantLogin({ statement, roleName, role });
    if (denial !== null) return denial;
  }
  return null;
}

/** Both ask: everybody whom either names, within the shorter time. */
function bothReviews(first: Review | null, second: Review | null): Review | null {
  if (first === null || second === null) return first ?? second;
  return {
    ...first,
    rule: `${first.rule}, ${second.rule}`,
    approval: {
      seats: seatsTogether([...first.approval.seats, ...second.approval.seats]),
      withinMs: Math.min(first.approval.withinMs, second.approval.withinMs),
    },
  };
}

/** What is approved runs once, and what was prepared by name would run as often as its name is called. */
function denyPreparing(review: Review, analyses: readonly SqlStatement[]): Denial | null {
  if (!analyses.some(({ tree }) => tree?.kind === 'PrepareStmt')) return null;
  const reason = `${review.reason} So it cannot be prepared by name: send it as it is, or with the protocol's own prepared statements.`;
  return { action: 'deny', rule: review.rule, reason };
}

/**
 * Decides: any denial denies the whole text (section 6 of the design), and where nothing denies, a review asks.
 * When a configured rule and the role both object, the rule's message is the one that helps.
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
  const matched = matchingRules(input.rules, analyses);
  const forMasks = masks === null ? null : judgeForMasks(masks, analyses);
  const denial =
    denyForRules(matched) ?? denyForAnyRole(input) ?? (forMasks?.action === 'deny' ? forMasks : null);
  if (denial !== null) return denial;
  const review = bothReviews(reviewForRules(matched), forMasks?.action === 'review' ? forMasks : null);
  if (review !== null) return denyPreparing(review, analyses) ?? review;
  return { action: 'allow', rule: null, reason: `The role ${roleName} allows it.` };
}
