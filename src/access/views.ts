/** What the use cases show to chat, the API and the broker. Plain data, read from the stored state. */
import type { GrantState } from '../core/grant.ts';
import type { HeldCommand, HoldScope, HoldState, WithdrawalCause } from '../core/hold.ts';
import type { Origin, RequestKind, RequestState, Seat, VoteVerdict } from '../core/request.ts';
import type { ReviewState } from '../core/review.ts';
import type { EndReason, SessionCounts } from '../core/session.ts';
import type { Effect } from '../core/statement.ts';
import type { Verdict } from '../core/verdict.ts';

/** A person or workload as others may see it. */
export interface PartyView {
  readonly id: string;
  readonly kind: 'person' | 'workload';
  readonly name: string;
  /** For a workload, its owner's. */
  readonly email: string;
}

export interface VoteView {
  readonly person: PartyView;
  /** Who let the voter decide in their place. */
  readonly onBehalfOf: PartyView | null;
  readonly verdict: VoteVerdict;
  readonly note: string | null;
  /** The shorter duration the approver allowed, or null. */
  readonly durationMs: number | null;
  /** True when the voter signed in afresh for this vote. */
  readonly steppedUp: boolean;
  readonly platform: string;
  readonly at: Date;
}

/** Who has to agree to hold the access, or to answer for who will, besides the quorum. */
export interface ConsentView {
  /** Their e-mail address: the beneficiary's, or that of a workload's owner. */
  readonly from: string;
  readonly given: boolean;
  readonly by: PartyView | null;
  readonly at: Date | null;
}

export interface CommentView {
  readonly author: PartyView;
  readonly text: string;
  readonly platform: string;
  readonly at: Date;
}

export interface SeatView extends Seat {
  /** Distinct people; one person fills one seat in the whole request. */
  readonly filledBy: readonly PartyView[];
}

export interface RequestView {
  readonly id: string;
  readonly kind: RequestKind;
  readonly state: RequestState;
  readonly requester: PartyView;
  /** Who will hold the access: the requester, unless they ask for another. */
  readonly beneficiary: PartyView;
  /** Null when nobody has to consent. */
  readonly consent: ConsentView | null;
  /** The grant that an extension is about. */
  readonly extends: string | null;
  /** The request that was asked once more. */
  readonly againOf: string | null;
  readonly resource: string;
  readonly resourceKind: string;
  readonly role: string;
  /** As asked; the grant's may be shorter. */
  readonly durationMs: number;
  readonly reason: string;
  readonly ticket: string | null;
  /** Name of the incident's channel. */
  readonly incident: string | null;
  readonly origin: Origin | null;
  /** The access policy that matched, and why, in one sentence. */
  readonly policy: string;
  readonly policyVersion: string;
  readonly explanation: string;
  readonly automatic: boolean;
  readonly seats: readonly SeatView[];
  readonly votes: readonly VoteView[];
  /** Oldest first. */
  readonly comments: readonly CommentView[];
  /** True when a vote needs a fresh sign-in. */
  readonly stepUp: boolean;
  readonly createdAt: Date;
  /** When a pending request lapses. */
  readonly lapsesAt: Date;
  readonly remindedAt: Date | null;
  /** Members of this group may fill any seat from then on; null when the policy names none. */
  readonly escalation: { readonly group: string; readonly at: Date } | null;
  readonly escalatedAt: Date | null;
  /** A policy of later that asks for more than the one that matched, and what it asks for is waited for. */
  readonly tightened: { readonly policy: string; readonly at: Date } | null;
  readonly decidedAt: Date | null;
  /** Why it is denied without a vote against it; null by: the policy. */
  readonly closed: { readonly because: string; readonly by: PartyView | null } | null;
  readonly grant: GrantView | null;
}

export interface GrantView {
  /** The handle, `g-…`. */
  readonly id: string;
  readonly requestId: string;
  /** That of its request: `break-glass` was granted without asking anybody. */
  readonly kind: RequestKind;
  readonly state: GrantState;
  readonly holder: PartyView;
  readonly approvers: readonly PartyView[];
  readonly resource: string;
  readonly resourceKind: string;
  readonly role: string;
  readonly reason: string;
  readonly incident: string | null;
  readonly origin: Origin | null;
  readonly durationMs: number;
  /** The clock starts at approval. */
  readonly startsAt: Date;
  readonly expiresAt: Date;
  readonly endedAt: Date | null;
  readonly endedBy: PartyView | null;
  /** True once its holder has revealed a secret. */
  readonly revealed: boolean;
  /** Why it is not prepared yet, or never was: for its holder. Null unless preparing it has failed. */
  readonly problem: string | null;
  /** What is said afterwards about access that was taken in an emergency. */
  readonly review: { readonly id: string; readonly state: ReviewState } | null;
}

/** Somebody who decides in somebody else's place for a while. */
export interface DelegationView {
  /** `d-…`. */
  readonly id: string;
  readonly from: PartyView;
  readonly to: PartyView;
  readonly createdAt: Date;
  /** From then on it is in effect; null while `to` has not agreed. */
  readonly acceptedAt: Date | null;
  readonly until: Date;
  readonly endedAt: Date | null;
}

/** A statement worth showing in a summary; literals are replaced by placeholders. */
export interface RiskyStatement {
  readonly at: Date;
  readonly text: string;
  readonly operation: Effect;
  readonly action: Verdict['action'];
  readonly rule: string | null;
}

export interface SessionView {
  readonly id: string;
  readonly grantId: string;
  readonly requestId: string;
  readonly holder: PartyView;
  readonly approvers: readonly PartyView[];
  readonly resource: string;
  readonly resourceKind: string;
  readonly role: string;
  readonly reason: string;
  readonly incident: string | null;
  readonly origin: Origin | null;
  readonly clientAddress: string;
  readonly application: string | null;
  readonly startedAt: Date;
  readonly lastSeenAt: Date;
  readonly endedAt: Date | null;
  readonly endReason: EndReason | null;
  /** Somebody asked for its end; null while nobody has. */
  readonly terminated: {
    readonly at: Date;
    readonly by: PartyView;
    readonly reason: string | null;
  } | null;
  /** Those who watch it live, in the order in which they began; nobody watches one that has ended. */
  readonly watchers: readonly PartyView[];
  readonly counts: SessionCounts;
  readonly riskiest: readonly RiskyStatement[];
  /** Hex SHA-256 of the sealed recording's chain, once it is closed. */
  readonly recordingHead: string | null;
}

export interface HoldVoteView {
  readonly person: PartyView;
  /** Who let the voter decide in their place. */
  readonly onBehalfOf: PartyView | null;
  readonly verdict: VoteVerdict;
  readonly scope: HoldScope;
  readonly note: string | null;
  readonly platform: string;
  readonly at: Date;
}

/** A command that waits for approval, or what became of it. */
export interface HoldView extends HeldCommand {
  /** `h-…`. */
  readonly id: string;
  readonly state: HoldState;
  readonly sessionId: string;
  readonly grantId: string;
  readonly requestId: string;
  readonly holder: PartyView;
  readonly resource: string;
  readonly resourceKind: string;
  readonly role: string;
  readonly incident: string | null;
  readonly origin: Origin | null;
  readonly seats: readonly SeatView[];
  readonly votes: readonly HoldVoteView[];
  /** What was approved: null unless it was. */
  readonly scope: HoldScope | null;
  /** Of the vote that decided. */
  readonly note: string | null;
  readonly withdrawnBecause: WithdrawalCause | null;
  readonly createdAt: Date;
  /** When a held command lapses. */
  readonly expiresAt: Date;
  readonly decidedAt: Date | null;
}

/** A hold whose texts may be shown in chat: see `chatHold`. Its hash stays that of the exact text. */
export interface ChatHoldView extends HoldView {
  /** How many secrets in the text and the parameters are redacted. */
  readonly redactions: number;
}

interface Revealed {
  readonly grant: GrantView;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** Ready to paste, by client: psql, URL, JDBC; ssh, sftp, scp and what they ask for. */
  readonly commands: readonly { readonly client: string; readonly text: string }[];
}

/** The private answer to a reveal. The secret is shown once and replaced by the next reveal. */
export type RevealedConnection = RevealedDatabase | RevealedHost;

export interface RevealedDatabase extends Revealed {
  readonly kind: 'postgres';
  readonly database: string;
}

export interface RevealedHost extends Revealed {
  readonly kind: 'ssh';
  /** The broker's public host key, `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
}
