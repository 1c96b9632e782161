/**
 * SQL text -> what each of its statements would do, by PostgreSQL's own grammar. Pure and synchronous once
 * `loadSqlParser()` has resolved; it never throws, and what it cannot read has the effect `unknown`.
 */

import { type DatabaseFacts, NO_FACTS } from './database-facts.ts';
import { Findings } from './findings.ts';
import { parseSql, STATEMENT_CHARACTERS_MAX } from './parser.ts';
import { type SqlAnalysis, type SqlStatement, withTree } from './statement.ts';
import { type ParsedStatement, statementsOf } from './tree.ts';
import { walkStatement } from './walk.ts';

export type { DatabaseFacts } from './database-facts.ts';
export { loadSqlParser, normalizeSql } from './parser.ts';
export type { SqlAnalysis, SqlStatement } from './statement.ts';

/** Statements in one text; more are refused. */
const STATEMENTS_MAX = 1_000;
const DEFAULT_LIMITS: AnalysisLimits = { charactersMax: STATEMENT_CHARACTERS_MAX };

/** How much is read at once. */
export interface AnalysisLimits {
  /** Of UTF-16, as JavaScript counts. */
  readonly charactersMax: number;
}

function unreadable(text: string, problem: string, position?: number): SqlAnalysis {
  const findings = new Findings();
  findings.addEffects(['unknown']);
  const statement = withTree(findings.analysis(text), { tree: null, calls: [] });
  return { statements: [statement], parseError: problem, errorPosition: position };
}

function analyzeStatement(input: {
  readonly parsed: ParsedStatement;
  readonly several: boolean;
  readonly facts: DatabaseFacts;
}): SqlStatement {
  const { several, facts } = input;
  const { tree, text } = input.parsed;
  const findings = new Findings();
  if (tree === null) findings.addEffects(['unknown']);
  else walkStatement(tree, { findings, facts, source: text });
  if (several) findings.addFlag('several-statements');
  const analysis = findings.analysis(text);
  const { calls, changesGrantLogin } = findings;
  // A statement that was judged to do nothing at all was not understood.
  const effects = analysis.effects.length === 0 ? (['unknown'] as const) : analysis.effects;
  return withTree({ ...analysis, effects }, { tree, calls, changesGrantLogin });
}

/**
 * Analyses a text of any number of statements (section 7 of the design). `facts` names the functions that the
 * target defines outside `pg_catalog`: calling one is `call`, even where its name is also a built-in's.
 * An empty text has no statements.
 */
export function analyzeSql(
  text: string,
  facts: DatabaseFacts = NO_FACTS,
  { charactersMax }: AnalysisLimits = DEFAULT_LIMITS,
): SqlAnalysis {
  const { tree, problem, position } = parseSql(text, charactersMax);
  if (problem !== null) return unreadable(text, problem, position);
  const parsed = statementsOf(tree, text);
  if (parsed === null) return unreadable(text, 'the parser answered in a form that is not understood');
  if (parsed.length > STATEMENTS_MAX)
    return unreadable(text, `more than ${STATEMENTS_MAX} statements at once`);
  const several = parsed.length > 1;
  const statements = parsed.map((one) => analyzeStatement({ parsed: one, several, facts }));
  return { statements, parseError: null };
}
