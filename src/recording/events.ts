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
  | HostEvent
  | {
      readonly type: 'end';
      readonly atMs: number;
      readonly reason: EndReason;
      readonly counts: SessionCounts;
    };

/** What passes through the channels of a connection to a host, in the masked view. */
export type HostEvent =
  | {
      readonly type: 'channel';
      readonly atMs: number;
      /** Counts from 1 within the session. */
      readonly channel: number;
      readonly kind: ChannelKind;
      readonly terminal: RecordedTerminal | null;
      /** For a forward, where to. */
      readonly detail: string | null;
    }
  | {
      /** What was shown; bytes that are not UTF-8 are U+FFFD. */
      readonly type: 'output';
      readonly atMs: number;
      readonly channel: number;
      /** Null for what no command printed: a terminal, notices of the broker. */
      readonly statement: number | null;
      readonly stream: 'stdout' | 'stderr';
      readonly text: string;
    }
  | {
      /** What was sent; of a terminal only what its screen echoed. */
      readonly type: 'input';
      readonly atMs: number;
      readonly channel: number;
      readonly statement: number | null;
      readonly text: string;
    }
  | {
      readonly type: 'resize';
      readonly atMs: number;
      readonly channel: number;
      readonly columns: number;
      readonly rows: number;
    }
  | {
      /** For the replay: a verdict, a hold, a notice, a guess that is labelled as one. */
      readonly type: 'mark';
      readonly atMs: number;
      readonly channel: number;
      readonly label: string;
    }
  | {
      readonly type: 'file';
      readonly atMs: number;
      readonly channel: number;
      readonly statement: number;
      readonly direction: 'download' | 'upload';
      /** From `/`. */
      readonly path: string;
      readonly bytes: number;
      /** Hex; null when the bytes did not go through in order, or not all of them. */
      readonly sha256: string | null;
      readonly complete: boolean;
    }
  | {
      readonly type: 'channel-end';
      readonly atMs: number;
      readonly channel: number;
      readonly status: number | null;
      readonly signal: string | null;
    };

export function isHostEvent<Item extends { readonly type: string }>(
  event: Item,
): event is Extract<Item, HostEvent> {
  return 'channel' in event;
}

export const CHANNEL_KINDS = ['exec', 'guided', 'raw', 'sftp', 'forward'] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

export interface RecordedTerminal {
  readonly term: string;
  readonly columns: number;
  readonly rows: number;
}

const NOTED_TYPES = [
  'rows',
  'outcome',
  'output',
  'input',
  'resize',
  'mark',
  'file',
  'channel-end',
] as const satisfies readonly RecordingEvent['type'][];

/** What only tells what came of a statement, or what a channel carried: nothing waits for it. */
export type NotedEvent = Extract<RecordingEvent, { readonly type: (typeof NOTED_TYPES)[number] }>;

/** An event as it is handed to the recorder: the hash of a statement follows from its text. */
export type RecordingInput =
  | Exclude<RecordingEvent, { readonly type: 'statement' }>
  | Omit<Extract<RecordingEvent, { readonly type: 'statement' }>, 'textSha256'>;

/** What must be in the journal before anything is forwarded: all but the notes and the start, which the file holds. */
export type JournalledInput = Exclude<RecordingInput, NotedEvent | { readonly type: 'start' }>;

/** Whether an event of this type goes through the journal; recovery counts them in the file. */
export function isJournalled(type: unknown): boolean {
  return type !== 'start' && !(NOTED_TYPES as readonly unknown[]).includes(type);
}

export function isNoted(event: RecordingEvent): event is NotedEvent {
  return event.type !== 'start' && !isJournalled(event.type);
}
