/** The rules that mean a text, and what they say together: any denial wins, then everybody is asked whom any names. */
import type { Verdict } from '../../core/verdict.ts';
import { seatsOf, seatsTogether } from '../access/seats.ts';
import type { CommandRule } from '../document/schema.ts';
import { countsResults } from './egress.ts';
import { type JudgedStatement, ruleMatches } from './match.ts';

export type Denial = Extract<Verdict, { action: 'deny' }>;
export type Review = Extract<Verdict, { action: 'review' }>;

const NO_RULES: readonly CommandRule[] = [];

/** Those that mean any of the statements and decide before it runs. */
export function matchingRules(
  rules: readonly CommandRule[],
  analyses: readonly JudgedStatement[],
): readonly CommandRule[] {
  let matched: CommandRule[] | null = null;
  for (const rule of rules) {
    if (countsResults(rule)) continue;
    for (const statement of analyses) {
      if (!ruleMatches(rule.match, statement)) continue;
      matched ??= [];
      matched.push(rule);
      break;
    }
  }
  return matched ?? NO_RULES;
}

/** A review that names nobody to ask cannot be held, and a stop that counts nothing stops at once: both refuse. */
export function denyForRules(matched: readonly CommandRule[]): Denial | null {
  const refuses = ({ action, approval }: CommandRule): boolean =>
    action !== 'review' || approval === undefined;
  if (matched.length === 0) return null;
  const rule = matched.find(({ action }) => action === 'deny') ?? matched.find(refuses);
  if (rule === undefined) return null;
  return { action: 'deny', rule: rule.name, reason: rule.message ?? `The rule ${rule.name} refuses this.` };
}

/** Of several rules that ask, everybody is asked whom any of them names, and the shortest time counts. */
export function reviewForRules(matched: readonly CommandRule[]): Review | null {
  const [first] = matched;
  if (first === undefined) return null;
  return {
    action: 'review',
    rule: matched.map(({ name }) => name).join(', '),
    reason: first.message ?? `The rule ${first.name} asks for approval each time.`,
    approval: {
      seats: seatsTogether(
        matched.flatMap(({ approval }) => (approval === undefined ? [] : seatsOf(approval, null))),
      ),
      withinMs: Math.min(...matched.map(({ approval }) => approval?.within ?? 0)),
    },
  };
}
