/** A command that waits for approval inside a session. */

export const HOLD_STATES = ['held', 'approved', 'denied', 'expired', 'withdrawn'] as const;
export type HoldState = (typeof HOLD_STATES)[number];

/** `once`: this execution. `session`: the identical text and parameters for the rest of the session. */
export const HOLD_SCOPES = ['once', 'session'] as const;
export type HoldScope = (typeof HOLD_SCOPES)[number];

/** Why nobody is asked any more: the client gave the command up, or its session ended. */
export const WITHDRAWAL_CAUSES = ['client', 'session-ended'] as const;
export type WithdrawalCause = (typeof WITHDRAWAL_CAUSES)[number];

/** `h-` and 8 base32 characters. */
export const HOLD_ID_PATTERN = /^h-[a-z2-7]{8}$/;

/** Longest command that people are asked about, in UTF-8 bytes: nobody reviews more than this. */
export const HOLD_TEXT_BYTES_MAX = 1_048_576;
/** Its parameters together, as JSON. */
export const HOLD_PARAMETERS_BYTES_MAX = 1_048_576;

/**
 * Of one grant, commands that nobody approved, within this time: each asks people, and a client that asks again
 * and again would bury them.
 */
export const UNAPPROVED_HOLDS_MAX = 30;
export const UNAPPROVED_HOLDS_WITHIN_MS = 10 * 60_000;

/** Legal moves; the database enforces the same with conditional updates. */
export function canMoveHold(from: HoldState, to: HoldState): boolean {
  return from === 'held' && to !== 'held';
}
