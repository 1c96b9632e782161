/**
 * What the policy says about a command. A denial is a value: it carries what the person is told and
 * the rule that decided, `role` when the role does not list the effect.
 */
export type Verdict =
  | { readonly action: 'allow'; readonly rule: string | null; readonly reason: string }
  | { readonly action: 'deny'; readonly rule: string; readonly reason: string };
