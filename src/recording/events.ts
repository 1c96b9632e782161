/** What a recording holds, in order. Times are milliseconds since the session began. */
import type { HoldScope, HoldState } from '../core/hold.ts';
import type { EndReason, SessionCounts } from '../core/session.ts';
import type { StatementAnalysis } from '../core/statement.ts';
import type { Verdict } from '../core/verdict.ts';

export interface SessionFacts {
  readonly sessionId: string;
  readonly grantId: string;
  readonly requestId: string;
  readonly holder: { readonly id: string; readonly name: string; readonly email: string };
  readonly approvers: readonly { readonly id: string; readonly name: string }[];
  readonly resource: string;
  readonly resourceKind: string;
  readonly role: string;
  readonly reason: string;
  readonly incident: string | null;
  readonly clientAddress: string;
  readonly application: string | null;
  readonly policyVersion: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** A column of a result as recorded: the masked view only. */
export interface RecordedColumn {
  readonly name: string;
  readonly masked: boolean;
}

export type RecordingEvent =
  | { readonly type: 'start'; readonly atMs: number; readonly facts: SessionFacts }
  | {
      readonly type: 'statement';
      readonly atMs: number;
      /** Counts from 1 within the session. */
      readonly statement: number;
      /** The text exactly as it will be forwarded. */
      readonly text: string;
      /** Hex SHA-256 of the text's bytes. */
      readonly textSha256: string;
      readonly protocol: 'simple' | 'prepare' | 'execute';
      /** For `execute`: bound parameters as text, binary ones in hex after `\\x`; null is SQL NULL. */
      readonly parameters: readonly (string | null)[];
      readonly analysis: readonly StatementAnalysis[];
      readonly verdict: Verdict;
    }
  | {
      /** Another policy came into force: what follows was decided by this version. */
      readonly type: 'policy';
      readonly atMs: number;
      readonly version: string;
    }
  | {
      /** A statement whose verdict is `review` was held, or its hold was decided. */
      readonly type: 'hold';
      readonly atMs: number;
      readonly statement: number;
      /** `h-…`, as on the card. */
      readonly hold: string;
      readonly state: HoldState;
      readonly scope: HoldScope | null;
      /** Who decided; empty unless people did. */
      readonly by: readonly { readonly id: string; readonly name: string }[];
      readonly note: string | null;
    }
  | {
      readonly type: 'rows';
      readonly atMs: number;
      readonly statement: number;
      readonly columns: readonly RecordedColumn[];
      readonly rows: readonly (readonly (string | null)[])[];
    }
  | {
      readonly type: 'outcome';
      readonly atMs: number;
      readonly statement: number;
      readonly durationMs: number;
      /** Command tags such as `SELECT 3`, one for each statement that completed. */
      readonly tags: readonly string[];
      readonly rows: number;
      readonly maskedCells: number;
      readonly error: { readonly sqlState: string; readonly message: string } | null;
    }
  | {
      readonly type: 'end';
      readonly atMs: number;
      readonly reason: EndReason;
      readonly counts: SessionCounts;
    };

/** What only tells what came of a statement: nothing waits for it. */
export type NotedEvent = Extract<RecordingEvent, { readonly type: 'rows' | 'outcome' }>;

/** An event as it is handed to the recorder: the hash of a statement follows from its text. */
export type RecordingInput =
  | Exclude<RecordingEvent, { readonly type: 'statement' }>
  | Omit<Extract<RecordingEvent, { readonly type: 'statement' }>, 'textSha256'>;

/** What must be in the journal before anything is forwarded: all but the notes and the start, which the file holds. */
export type JournalledInput = Exclude<RecordingInput, NotedEvent | { readonly type: 'start' }>;

/** Whether an event of this type goes through the journal; recovery counts them in the file. */
export function isJournalled(type: unknown): boolean {
  return type !== 'start' && type !== 'rows' && type !== 'outcome';
}
