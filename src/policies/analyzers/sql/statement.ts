/** An analysed statement together with its parse tree, which masks need to follow columns. */
import type { StatementAnalysis } from '../../../core/statement.ts';
import type { TreeNode } from './tree.ts';

export interface SqlStatement extends StatementAnalysis {
  /** Null when the text could not be parsed. Lives in memory only: it is never recorded or sent. */
  readonly tree: TreeNode | null;
}

/** The analysis of one text. */
export interface SqlAnalysis {
  readonly statements: readonly SqlStatement[];
  /** Why the text could not be read; then there is one statement, whose effect is unknown. */
  readonly parseError: string | null;
}
