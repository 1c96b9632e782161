/** An analysed statement together with its parse tree, which masks need to follow columns. */
import type { StatementAnalysis } from '../../../core/statement.ts';
import type { UserCall } from './findings.ts';
import type { TreeNode } from './tree.ts';

export interface SqlStatement extends StatementAnalysis {
  /** Null when the text could not be parsed. Not enumerable: it holds literals and is never recorded or sent. */
  readonly tree: TreeNode | null;
  /** What makes up the effect `call`. Not enumerable either. */
  readonly calls: readonly UserCall[];
  /** True when a login that may be a grant's own would be changed, renamed or dropped. Not enumerable either. */
  readonly changesGrantLogin: boolean;
}

/** The analysis of one text. */
export interface SqlAnalysis {
  readonly statements: readonly SqlStatement[];
  /** Why the text could not be read; then there is one statement, whose effect is unknown. */
  readonly parseError: string | null;
  /** Where a syntax error is, in characters from 1. */
  readonly errorPosition?: number | undefined;
}

/** Puts what stays in memory beside an analysis, where serialising the analysis does not find it. */
export function withTree(
  analysis: StatementAnalysis,
  hidden: Pick<SqlStatement, 'tree' | 'calls'> & Partial<Pick<SqlStatement, 'changesGrantLogin'>>,
): SqlStatement {
  const statement = { ...analysis, changesGrantLogin: false, ...hidden };
  return Object.defineProperties(statement, {
    tree: { enumerable: false },
    calls: { enumerable: false },
    changesGrantLogin: { enumerable: false },
  });
}
