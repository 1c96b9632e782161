/** A request for access and the votes on it. */

export const REQUEST_STATES = ['pending', 'approved', 'denied', 'cancelled', 'expired'] as const;
export type RequestState = (typeof REQUEST_STATES)[number];

export const REQUEST_KINDS = ['access', 'extension', 'break-glass'] as const;
/** An extension asks for more time of a live grant; break-glass is granted at once and reviewed after. */
export type RequestKind = (typeof REQUEST_KINDS)[number];

export const VOTE_VERDICTS = ['approve', 'deny'] as const;
export type VoteVerdict = (typeof VOTE_VERDICTS)[number];

/** One line of a quorum: so many distinct people, each with one of these claims. */
export interface Seat {
  /** As people call it: a group, a person, `on call for payments`. */
  readonly name: string;
  readonly count: number;
  /** See `claim.ts`. */
  readonly anyOf: readonly string[];
}

/** What has to happen before a request is granted, copied from the policy when it was made. */
export type Approval =
  | { readonly kind: 'auto' }
  | VotesApproval
  | { readonly kind: 'break-glass'; readonly review: ReviewTerms };

export interface VotesApproval {
  readonly kind: 'votes';
  readonly seats: readonly Seat[];
  /** Members of groups that match one of these and that the requester or the beneficiary is in, too, do not decide. */
  readonly notFromGroups?: readonly string[];
  /** A vote needs a sign-in that is at most so old. */
  readonly signInAgeMaxMs?: number;
  readonly remindAfterMs?: number;
  /** From then on members of this group may fill any seat. */
  readonly escalation?: { readonly group: string; readonly afterMs: number };
}

/** Who looks at break-glass access afterwards, and how soon. */
export interface ReviewTerms {
  readonly seats: readonly Seat[];
  readonly withinMs: number;
  readonly remindEveryMs: number;
  /** So many reviews of one person may be open at a time; left out by requests of before. */
  readonly openMax?: number;
}

/** Where a request was made, so that its card and its sessions are posted there. */
export interface Origin {
  readonly platform: string;
  readonly channel: string;
}

export const REASON_CHARACTERS_MAX = 2_000;
export const TICKET_CHARACTERS_MAX = 100;
export const NOTE_CHARACTERS_MAX = 1_000;
export const COMMENT_CHARACTERS_MAX = 2_000;

/** Legal moves; the database enforces the same with conditional updates. */
export function canMoveRequest(from: RequestState, to: RequestState): boolean {
  return from === 'pending' && to !== 'pending';
}
