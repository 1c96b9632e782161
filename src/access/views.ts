/** What the use cases show to chat, the API and the broker. Plain data, read from the stored state. */
import type { GrantState } from '../core/grant.ts';
import type { HeldCommand, HoldScope, HoldState, WithdrawalCause } from '../core/hold.ts';
import type { Origin, RequestState, Seat, VoteVerdict } from '../core/request.ts';
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
  readonly verdict: VoteVerdict;
  readonly note: string | null;
  /** The shorter duration the approver allowed, or null. */
  readonly durationMs: number | null;
  readonly platform: string;
  readonly at: Date;
}

export interface SeatView extends Seat {
  /** Distinct people; one person fills one seat in the whole request. */
  readonly filledBy: readonly PartyView[];
}

export interface RequestView {
  readonly id: string;
  readonly state: RequestState;
  readonly requester: PartyView;
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
  readonly createdAt: Date;
  /** When a pending request lapses. */
  readonly lapsesAt: Date;
  readonly decidedAt: Date | null;
  readonly grant: GrantView | null;
}

export interface GrantView {
  /** The handle, `g-…`. */
  readonly id: string;
  readonly requestId: string;
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
  readonly counts: SessionCounts;
  readonly riskiest: readonly RiskyStatement[];
  /** Hex SHA-256 of the sealed recording's chain, once it is closed. */
  readonly recordingHead: string | null;
}

export interface HoldVoteView {
  readonly person: PartyView;
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

/** The private answer to a reveal. The secret is shown once and replaced by the next reveal. */
export interface RevealedConnection {
  readonly grant: GrantView;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  readonly password: string;
  /** Ready to paste, by client: psql, url, jdbc. */
  readonly commands: readonly { readonly client: string; readonly text: string }[];
}
