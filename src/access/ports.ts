/** What the use cases and jobs need of others. `bot` and `broker` implement these; `main` passes them in. */
import type { KeyringView, NewRootKey, NewSigningKey } from '../core/keyring.ts';
import type { TicketAnswer } from '../policies/access/ticket.ts';
import type { OnCallSchedule, TicketLookup } from '../policies/document/schema.ts';
import type { ReplayedStatement } from '../policies/simulation/replayed-statement.ts';
import type { Database } from '../store/open-store.ts';
import type { EphemeralRoleTarget } from './ephemeral-target.ts';

/** Things that have a card: each can be posted in several places and is always rendered from the stored state. */
export const CARD_SUBJECTS = [
  'request',
  'reminder',
  'escalation',
  'closing',
  'delegation',
  'grant',
  'session',
  'hold',
  'review',
  'review-reminder',
  'policy-change',
  'freeze',
  'chat-account-change',
  'incident',
  'alert',
] as const;
export type CardSubject = (typeof CARD_SUBJECTS)[number];

/** What happens to a key that somebody logs in to hosts with. */
export const KEY_CHANGES = ['registered', 'removed'] as const;
export type KeyChange = (typeof KEY_CHANGES)[number];

export interface CardPublisher {
  /**
   * Brings every copy of the subject's card up to date, and posts the ones that are missing.
   * Idempotent: called twice with nothing changed, it sends nothing.
   */
  syncCard(subject: CardSubject, id: string): Promise<void>;
  /**
   * Brings the cards of live sessions up to date, whose counts move all the time: each at most once in an
   * interval, read in batches. Idempotent.
   */
  refreshSessions(): Promise<void>;
}

/** What chat does for incidents and documents beside cards. Each is idempotent. */
export interface ChatErrands {
  /** Makes the channel of an incident that has none. */
  openIncident(incidentId: string): Promise<void>;
  /** Brings the card of a closed incident up to date, posts its timeline and closes the channel that was made for it. */
  closeIncident(incidentId: string): Promise<void>;
  /** Posts a document into the thread that it was asked for in, or a link where it does not go. */
  postDocument(documentId: string): Promise<void>;
  /** Tells somebody privately that a key which logs in as them was added or removed. */
  tellKeyChange(of: { readonly keyId: string; readonly change: KeyChange }): Promise<void>;
  /** Posts the day's head of the audit log on every platform, unless it is posted. */
  postAuditHead(): Promise<void>;
}

/** What is rotated of the keyring. `note` is written in the transaction that does it. */
export interface DeploymentKeyring {
  read(): Promise<KeyringView>;
  /** @returns false when `after` is not the newest any more */
  rotateRoot(input: {
    readonly after: number;
    readonly note: (db: Database, key: NewRootKey) => Promise<void>;
  }): Promise<boolean>;
  rotateSigning(input: {
    readonly after: number;
    readonly note: (db: Database, key: NewSigningKey) => Promise<void>;
  }): Promise<boolean>;
}

/** The masked exports of recordings. */
export interface SessionDocuments {
  /** @returns null when there is no recording of the session on this machine */
  open(
    sessionId: string,
    kind: 'transcript' | 'recording',
  ): Promise<{ readonly extension: string; readonly parts: AsyncIterable<string> } | null>;
}

export interface ConnectionPreparer {
  /** Prepares what a grant needs before it becomes active (an upstream that answers, say). Idempotent. */
  prepare(grantId: string): Promise<void>;
}

export interface EphemeralRoleDropper {
  /**
   * Ends the role's connections, reassigns what it owns and drops it. Idempotent: one that is not there is dropped.
   * @throws AppError `upstream_failed` when the target does not allow it or cannot be reached
   */
  dropEphemeralRole(role: { readonly name: string; readonly target: EphemeralRoleTarget }): Promise<void>;
}

export interface RecordingRecovery {
  /** Seals the recordings of sessions whose broker died. What keeps one from being sealed keeps no other. */
  recover(sessionIds: readonly string[]): Promise<RecoveryOutcomes>;
}

/** What of recordings is in object storage. */
export interface RecordingObjects {
  /** Idempotent. @throws AppError `conflict` while the object is locked, `unavailable`, `config_invalid` */
  removeObject(object: { readonly key: string; readonly version: string | null }): Promise<void>;
}

/** By session: the head of its readable prefix, null when nothing was recorded, or why it cannot be sealed. */
export type RecoveryOutcomes = ReadonlyMap<string, PromiseSettledResult<SealedRecording | null>>;

export interface SealedRecording {
  readonly headHex: string;
  /** The length of the whole file. */
  readonly bytes: number;
}

export interface OnCallPerson {
  /** Of the escalation policy, from 1. */
  readonly level: number;
  readonly email: string;
  readonly name: string;
}

export interface OnCallAnswer {
  /** Empty as well when it is not known. */
  readonly people: readonly OnCallPerson[];
  /** When the paging service said so; null when it is not known, or was said too long ago. */
  readonly asOf: Date | null;
  /** Why the service did not answer when it was last asked; null when it did. */
  readonly problem: string | null;
}

export interface OnCallSource {
  /** Never rejects: what cannot be known is said in the answer. */
  whoIsOnCall(schedule: OnCallSchedule): Promise<OnCallAnswer>;
}

export interface TicketSource {
  /** Never rejects: a service that does not answer makes no ticket good, and the reason says so. */
  look(lookup: TicketLookup, ticket: string): Promise<TicketAnswer>;
}

/** What was recorded of sessions, for replaying decisions. */
export interface StatementArchive {
  /** @returns the statements in order, or null when there is no recording of the session on this machine */
  statementsOf(sessionId: string): Promise<AsyncIterable<ReplayedStatement> | null>;
}
