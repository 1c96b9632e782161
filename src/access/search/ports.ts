/** What the search needs of recordings. `recording` implements it; `main` passes it in. */
import type { Effect } from '../../core/statement.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { SearchEntry } from '../../store/operations/search-entries.ts';
import type { SearchedRelation } from './lexemes.ts';

/** A statement, command or file operation as it was recorded. */
export interface RecordedWork {
  /** Counts from 1 in the order of the recording. */
  readonly ordinal: number;
  /** `guess`: a line of a raw terminal that was probably run. */
  readonly kind: SearchEntry['kind'];
  /** Null for a guess. */
  readonly statement: number | null;
  readonly atMs: number;
  readonly text: string;
  readonly parameters: readonly (string | null)[];
  readonly relations: readonly SearchedRelation[];
  readonly files: readonly string[];
  readonly action: Verdict['action'] | null;
  readonly rule: string | null;
  readonly operation: Effect | null;
  /** More is riskier. */
  readonly risk: number;
  readonly denied: boolean;
  readonly held: boolean;
  readonly masked: boolean;
  readonly failed: boolean;
}

export interface FollowedWork {
  /** What is new or has changed, each once, as it is now. */
  readonly work: readonly RecordedWork[];
  /** Events read from the beginning of the recording. */
  readonly events: number;
  /** `more`: the limit was reached; `waiting`: the file may grow; `end`: there is nothing more to come. */
  readonly state: 'more' | 'waiting' | 'end';
  /** Why it ends without its seal; null where it has that, or has not ended. */
  readonly problem: string | null;
}

/** Reads one recording, each part of it once. */
export interface RecordingFollower {
  /**
   * Reads on.
   * @param options.sealed the recording does not grow any more
   * @param options.known events of which nothing is told
   */
  read(options: {
    readonly sealed: boolean;
    readonly known: number;
    readonly workMax: number;
  }): Promise<FollowedWork>;
  close(): void;
}

export interface RecordingsToFollow {
  /** @returns null when no recording of the session can be reached from here */
  find(sessionId: string): Promise<{ readonly bytes: number; follow(): RecordingFollower } | null>;
}
