/** The JSON of `/api/v1` that the pages and the command line read. Types only; dates are ISO 8601 text. */
import type { GrantView, RequestView, SessionView } from '../access/views.ts';
import type { Effect } from '../core/statement.ts';
import type { RecordedColumn } from '../recording/events.ts';

/** A view as it arrives in JSON: dates have become text. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Wire<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Wire<T[Key]> }
      : T;

export type WireRequest = Wire<RequestView>;
export type WireGrant = Wire<GrantView>;
/** `live`: not ended. `may` says what the viewer may do, so that no page guesses. */
export type WireSession = Wire<SessionView> & {
  readonly live: boolean;
  readonly may: { readonly terminate: boolean };
};

/** One statement of GET /api/v1/sessions/:id/timeline. */
export interface TimelineEntry {
  readonly statement: number;
  /** ISO 8601. */
  readonly at: string;
  readonly atMs: number;
  readonly text: string;
  readonly protocol: 'simple' | 'prepare' | 'execute';
  readonly parameters: readonly (string | null)[];
  readonly action: 'allow' | 'deny';
  readonly rule: string | null;
  readonly reason: string;
  readonly operation: Effect;
  readonly effects: readonly Effect[];
  readonly relations: readonly string[];
  /** Null while it runs, or when it was denied or the recording ends before the answer. */
  readonly durationMs: number | null;
  readonly tags: readonly string[];
  readonly rows: number;
  readonly maskedCells: number;
  readonly error: { readonly sqlState: string; readonly message: string } | null;
  readonly columns: readonly RecordedColumn[];
  /** The first recorded rows, in the masked view. */
  readonly firstRows: readonly (readonly (string | null)[])[];
}

export interface Timeline {
  readonly entries: readonly TimelineEntry[];
  /** False while the session lives, and when the recording is damaged or its end is missing. */
  readonly complete: boolean;
  /** Statements behind the last entry: a timeline has at most 5,000; the export has them all. */
  readonly omitted: number;
}

/** GET /api/v1/me */
export interface Me {
  readonly id: string;
  readonly kind: 'person' | 'workload';
  readonly name: string;
  readonly email: string;
  readonly groups: readonly string[];
}

/** application/problem+json (RFC 9457). `code` is stable. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
}
