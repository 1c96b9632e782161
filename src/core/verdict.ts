/**
 * What the policy says about a command. A denial is a value: it carries what the person is told and
 * the rule that decided, `role` when the role does not list the effect. A review is decided by people: the
 * command is held until they have.
 */
import type { Seat } from './request.ts';

/** Who must agree to a held command, and for how long they may be waited for. */
export interface CommandApproval {
  readonly seats: readonly Seat[];
  readonly withinMs: number;
}

export type Verdict =
  | { readonly action: 'allow'; readonly rule: string | null; readonly reason: string }
  | { readonly action: 'deny'; readonly rule: string; readonly reason: string }
  | {
      readonly action: 'review';
      readonly rule: string;
      readonly reason: string;
      readonly approval: CommandApproval;
    };
