/** A request for access and the votes on it. */

export const REQUEST_STATES = ['pending', 'approved', 'denied', 'cancelled', 'expired'] as const;
export type RequestState = (typeof REQUEST_STATES)[number];

export const VOTE_VERDICTS = ['approve', 'deny'] as const;
export type VoteVerdict = (typeof VOTE_VERDICTS)[number];

/** One line of a quorum: so many distinct members of a group. */
export interface Seat {
  readonly group: string;
  readonly count: number;
}

/** What has to happen before a request is granted, copied from the policy when it was made. */
export type Approval =
  | { readonly kind: 'auto' }
  | { readonly kind: 'votes'; readonly seats: readonly Seat[] };

/** Where a request was made, so that its card and its sessions are posted there. */
export interface Origin {
  readonly platform: string;
  readonly channel: string;
}

export const REASON_CHARACTERS_MAX = 2_000;
export const TICKET_CHARACTERS_MAX = 100;
export const NOTE_CHARACTERS_MAX = 1_000;

/** Legal moves; the database enforces the same with conditional updates. */
export function canMoveRequest(from: RequestState, to: RequestState): boolean {
  return from === 'pending' && to !== 'pending';
}
