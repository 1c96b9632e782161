/** What the gate asks about SQL, bound to one session's role, rules, masks and the target's functions. */
import type { StatementAnalysis } from '../../core/statement.ts';
import { analyzeSql, normalizeSql, type SqlStatement } from '../../policies/analyzers/sql/analyze.ts';
import type { CommandRule, DatabaseRole } from '../../policies/document/schema.ts';
import type { MaskPlan } from '../../policies/masks/plan.ts';
import { decideStatement } from '../../policies/rules/decide.ts';
import type { Inspection, Judge } from '../gate.ts';

export interface SqlInspection extends Inspection {
  /** With their parse trees, which stay in memory. */
  readonly statements: readonly SqlStatement[];
  readonly parseError: string | null;
}

export function createSqlJudge(options: {
  readonly roleName: string;
  readonly role: DatabaseRole;
  readonly rules: readonly CommandRule[];
  readonly masks: MaskPlan | null;
  readonly userFunctions: ReadonlySet<string>;
}): Judge<SqlInspection> {
  const { roleName, role, rules, masks, userFunctions } = options;
  return {
    inspect: (text) => {
      const { statements, parseError } = analyzeSql(text, { userFunctions });
      return { statements, parseError, analysis: statements.map(withoutTree) };
    },
    decide: ({ statements, parseError }) =>
      decideStatement({ analyses: statements, parseError, roleName, role, rules, masks }),
    normalize: normalizeSql,
  };
}

function withoutTree(statement: SqlStatement): StatementAnalysis {
  const { text, effects, relations, functions, flags } = statement;
  return { text, effects, relations, functions, flags };
}
