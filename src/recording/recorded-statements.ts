/** The statements of a recording with what came back of each, for replaying decisions. In bounded memory. */
import type { StatementAnalysis } from '../core/statement.ts';
import type { RecordingKeys } from './keys.ts';
import { readRecording } from './reader.ts';
import { findRecording, type RecordingFiles } from './storage/find-recording.ts';

export interface RecordedStatement {
  /** Counts from 1 within the session. */
  readonly statement: number;
  readonly atMs: number;
  readonly text: string;
  readonly parameters: readonly (string | null)[];
  readonly analysis: readonly StatementAnalysis[];
  /** Rows that came back; 0 for one that did not run, or whose answer is not recorded. */
  readonly rows: number;
  /** Names of the columns of its first result. */
  readonly resultColumns: readonly string[];
}

/** Statements whose answers have not come: a pipeline can be long. */
const OPEN_MAX = 1_000;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export interface StatementArchive {
  /** @returns the statements in order, or null when there is no recording of the session here */
  statementsOf(sessionId: string): Promise<AsyncGenerator<RecordedStatement> | null>;
}

/** The recordings of a directory, by session. */
export function openStatementArchive(of: RecordingFiles): StatementArchive {
  return {
    statementsOf: async (sessionId) => {
      const path = await findRecording(of, sessionId);
      return path === null ? null : statementsIn({ path, keys: of.keys });
    },
  };
}

/** Each once its answer is complete; those without one at the end. */
async function* statementsIn(input: {
  path: string;
  keys: RecordingKeys;
}): AsyncGenerator<RecordedStatement> {
  const open = new Map<number, Mutable<RecordedStatement>>();
  for await (const event of readRecording(input)) {
    if (event.type === 'statement') {
      const { statement, atMs, text, parameters, analysis } = event;
      open.set(statement, { statement, atMs, text, parameters, analysis, rows: 0, resultColumns: [] });
      const [oldest] = open.values();
      if (open.size <= OPEN_MAX || oldest === undefined) continue;
      open.delete(oldest.statement);
      yield oldest;
    } else if (event.type === 'rows') {
      const entry = open.get(event.statement);
      if (entry?.resultColumns.length === 0) entry.resultColumns = event.columns.map(({ name }) => name);
    } else if (event.type === 'outcome') {
      const entry = open.get(event.statement);
      if (entry === undefined) continue;
      open.delete(event.statement);
      yield { ...entry, rows: event.rows };
    }
  }
  yield* open.values();
}
