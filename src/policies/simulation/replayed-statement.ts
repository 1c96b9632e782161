/** A statement as it was recorded, and its analysis as far as the past can tell it. */
import type { StatementAnalysis } from '../../core/statement.ts';
import { analyzeSql } from '../analyzers/sql/analyze.ts';
import type { DatabaseFacts } from '../analyzers/sql/database-facts.ts';
import { type SqlAnalysis, withTree } from '../analyzers/sql/statement.ts';

export interface ReplayedStatement {
  /** Counts from 1 within the session. */
  readonly statement: number;
  readonly atMs: number;
  readonly text: string;
  /** Bound ones, as text; null is SQL NULL. */
  readonly parameters: readonly (string | null)[];
  /** With what the target's catalog said then. */
  readonly analysis: readonly StatementAnalysis[];
  /** Rows that came back; 0 for one that did not run. */
  readonly rows: number;
  /** Names of the columns of its first result. */
  readonly resultColumns: readonly string[];
}

/** Longer texts hold the event loop for too long to be replayed beside live sessions. */
export const REPLAYED_CHARACTERS_MAX = 65_536;

/**
 * The trees from the text, the effects and relations from the recording: those knew the target's catalog.
 * @returns null for a text that is too long to be replayed
 */
export function analyzeReplayed(
  { text, analysis }: Pick<ReplayedStatement, 'text' | 'analysis'>,
  facts: DatabaseFacts,
): SqlAnalysis | null {
  if (text.length > REPLAYED_CHARACTERS_MAX) return null;
  const found = analyzeSql(text, facts, { charactersMax: REPLAYED_CHARACTERS_MAX });
  if (found.parseError !== null || found.statements.length !== analysis.length) return found;
  const statements = found.statements.map(({ tree, calls, changesGrantLogin }, index) => {
    const recorded = analysis[index];
    const { text: own, effects, relations, functions, flags } = recorded ?? found.statements[index] ?? EMPTY;
    return withTree({ text: own, effects, relations, functions, flags }, { tree, calls, changesGrantLogin });
  });
  return { statements, parseError: null };
}

const EMPTY: StatementAnalysis = { text: '', effects: ['unknown'], relations: [], functions: [], flags: [] };
