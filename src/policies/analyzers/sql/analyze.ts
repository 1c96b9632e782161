/**
 * SQL text -> what each of its statements would do, by PostgreSQL's own grammar. Pure and synchronous once
 * `loadSqlParser()` has resolved; it never throws, and what it cannot read has the effect `unknown`.
 */

import { type DatabaseFacts, NO_FACTS } from './database-facts.ts';
import { Findings } from './findings.ts';
import { parseSql } from './parser.ts';
import { type SqlAnalysis, type SqlStatement, withTree } from './statement.ts';
import { isObject, namedNode, numberOf, type TreeNode } from './tree.ts';
import { walkStatement } from './walk.ts';

export type { DatabaseFacts } from './database-facts.ts';
export { loadSqlParser, normalizeSql } from './parser.ts';
export type { SqlAnalysis, SqlStatement } from './statement.ts';

/** Statements in one text; more are refused. */
const STATEMENTS_MAX = 1_000;

function unreadable(text: string, problem: string): SqlAnalysis {
  const findings = new Findings();
  findings.addEffects(['unknown']);
  const statement = withTree(findings.analysis(text), null);
  return { statements: [statement], parseError: problem };
}

function rawStatements(tree: unknown): readonly TreeNode[] | null {
  if (!isObject(tree) || !Array.isArray(tree['stmts'])) return null;
  return tree['stmts'].filter(isObject).map((fields) => ({ kind: 'RawStmt', fields }));
}

/** The parser counts in bytes of UTF-8; the text is indexed in UTF-16. */
function statementText(raw: TreeNode, bytes: Buffer): string {
  const start = numberOf(raw, 'stmt_location') ?? 0;
  const length = numberOf(raw, 'stmt_len') ?? 0;
  return bytes.toString('utf8', start, length === 0 ? bytes.length : start + length).trim();
}

interface StatementInput {
  readonly raw: TreeNode;
  readonly text: string;
  readonly several: boolean;
  readonly facts: DatabaseFacts;
}

function analyzeStatement({ raw, text, several, facts }: StatementInput): SqlStatement {
  const findings = new Findings();
  const tree = namedNode(raw.fields['stmt']);
  if (tree === null) findings.addEffects(['unknown']);
  else walkStatement(tree, { findings, facts });
  if (several) findings.addFlag('several-statements');
  const analysis = findings.analysis(text);
  // A statement that was judged to do nothing at all was not understood.
  return withTree(analysis.effects.length === 0 ? { ...analysis, effects: ['unknown'] } : analysis, tree);
}

/**
 * Analyses a text of any number of statements (section 7 of the design). `facts` names the functions that the
 * target defines outside `pg_catalog`: calling one is `call`, even where its name is also a built-in's.
 * An empty text has no statements.
 */
export function analyzeSql(text: string, facts: DatabaseFacts = NO_FACTS): SqlAnalysis {
  const { tree, problem } = parseSql(text);
  if (problem !== null) return unreadable(text, problem);
  const raws = rawStatements(tree);
  if (raws === null) return unreadable(text, 'the parser answered in a form that is not understood');
  if (raws.length > STATEMENTS_MAX) return unreadable(text, `more than ${STATEMENTS_MAX} statements at once`);
  const several = raws.length > 1;
  const bytes = Buffer.from(text, 'utf8');
  const statements = raws.map((raw) => {
    return analyzeStatement({ raw, text: several ? statementText(raw, bytes) : text.trim(), several, facts });
  });
  return { statements, parseError: null };
}
