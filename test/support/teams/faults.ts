/** What goes wrong between the app and Teams. */

/** What the app asks the connector for. */
export type ConnectorMethod =
  | 'send'
  | 'update'
  | 'delete'
  | 'create'
  | 'member'
  | 'members'
  | 'channels'
  | 'team';

export interface ConnectorCall {
  readonly method: ConnectorMethod;
  /** With `;messageid=…` where it was asked for so; the id of the team for `channels` and `team`. */
  readonly conversation: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly status: number;
}

export type Fault =
  | { readonly kind: 'rate-limited'; readonly retryAfterSeconds: number | null }
  /** `code` as Teams gives it: `MessageWritesBlocked`. */
  | { readonly kind: 'status'; readonly status: number; readonly code?: string }
  /** Teams never hears of the call, and the app no answer. */
  | { readonly kind: 'lost' }
  /** Teams does it, and the app hears no answer. */
  | { readonly kind: 'unanswered' }
  /** Teams does it, and answers too late. */
  | { readonly kind: 'slow'; readonly afterMs: number };

/** Asked for every call; null lets it through. */
export type FaultPlan = (call: Omit<ConnectorCall, 'status'>) => Fault | null;

export const NO_FAULTS: FaultPlan = () => null;

/** Each of these once, for the calls of a method, in order; then none. */
export function once(method: ConnectorMethod, ...faults: readonly Fault[]): FaultPlan {
  const left = [...faults];
  return (call) => (call.method === method ? (left.shift() ?? null) : null);
}
