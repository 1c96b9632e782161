/** What goes wrong between the app and Slack. */
import type { SlackCall } from './slack-call.ts';

export type Fault =
  | { readonly kind: 'rate-limited'; readonly retryAfterSeconds: number }
  | { readonly kind: 'status'; readonly status: number }
  /** Slack never hears of the call, and the app no answer. */
  | { readonly kind: 'lost' }
  /** Slack does it, and the app hears no answer. */
  | { readonly kind: 'unanswered' }
  /** Slack does it, and answers too late. */
  | { readonly kind: 'slow'; readonly afterMs: number };

/** Asked for every call; null lets it through. */
export type FaultPlan = (call: Pick<SlackCall, 'method' | 'args'>) => Fault | null;

export const NO_FAULTS: FaultPlan = () => null;

/** Each of these once, for the calls of a method, in order; then none. */
export function once(method: string, ...faults: readonly Fault[]): FaultPlan {
  const left = [...faults];
  return (call) => (call.method === method ? (left.shift() ?? null) : null);
}
