/** What the gate asks about SQL, bound to one session's role, rules, masks and the target's functions. */
import type { Effect, StatementAnalysis } from '../../core/statement.ts';
import type { Verdict } from '../../core/verdict.ts';
import { SqlAnalysisCache } from '../../policies/analyzers/sql/analysis-cache.ts';
import {
  type DatabaseFacts,
  normalizeSql,
  type SqlAnalysis,
  type SqlStatement,
} from '../../policies/analyzers/sql/analyze.ts';
import { skeletonOf } from '../../policies/analyzers/sql/skeleton.ts';
import type { CommandRule, DatabaseRole } from '../../policies/document/schema.ts';
import type { MaskPlan } from '../../policies/masks/plan.ts';
import { decideStatement } from '../../policies/rules/decide.ts';
import type { Judge } from '../gate.ts';
import { type ClientNames, definesByName, releasesByName, runsByName } from './client-names.ts';
import { hiddenStatement } from './refusals.ts';
import type { SqlInspection } from './sql-inspection.ts';

export type { SqlInspection } from './sql-inspection.ts';

/** What statements are judged by, and can be sent to a worker thread. */
export interface JudgeSettings {
  readonly roleName: string;
  readonly role: DatabaseRole;
  readonly rules: readonly CommandRule[];
  /** Null where no mask applies. */
  readonly masks: MaskPlan | null;
  readonly database: DatabaseFacts;
}

/** For summaries. */
const LARGE_STATEMENT = '(large statement)';

/** How long a text may be is for the broker to say, before it asks for a judgement. */
const LIMITS = { charactersMax: Number.POSITIVE_INFINITY };

/** One session's: clients repeat the texts of their prepared statements, and parse trees are large. */
const ANALYSES_KEPT = { entriesMax: 256, charactersMax: 262_144 };

/** Effects of code that nobody looks into. */
const UNSEEN: ReadonlySet<Effect> = new Set<Effect>(['call', 'do', 'unknown']);

export function createSqlJudge(
  options: JudgeSettings & { readonly clientNames: ClientNames },
): Judge<SqlInspection> {
  const { roleName, role, rules, masks, database, clientNames } = options;
  const analyses = new SqlAnalysisCache(ANALYSES_KEPT);
  /** What follows from an analysis, for as long as the cache keeps that. */
  const inspections = new WeakMap<SqlAnalysis, SqlInspection>();
  /** Only where no mask applies: masks change with the catalog of the target. */
  const verdicts = masks === null ? new WeakMap<object, Verdict>() : null;

  const inspectText = (text: string): SqlInspection => {
    const analysed = analyses.analyze(text, database, LIMITS);
    const known = inspections.get(analysed);
    if (known !== undefined) return known;
    const { statements, parseError, errorPosition } = analysed;
    const runs = statements.map(({ tree }) => runsByName(tree)).filter((run) => run !== null);
    const releases = statements.flatMap(({ tree }) => releasesByName(tree));
    const defines = statements.map(({ tree }) => definesByName(tree)).filter((name) => name !== null);
    const definesUnseen = statements.some(({ effects }) => effects.some((effect) => UNSEEN.has(effect)));
    const analysis = statements.map(withoutTree);
    const found = {
      statements,
      parseError,
      errorPosition,
      runs,
      releases,
      defines,
      definesUnseen,
      analysis,
      decided: null,
      template: analysed,
    };
    inspections.set(analysed, found);
    return found;
  };
  const decideText = ({ statements, parseError, template }: SqlInspection): Verdict => {
    const known = template === undefined ? undefined : verdicts?.get(template);
    if (known !== undefined) return known;
    const verdict = decideStatement({ analyses: statements, parseError, roleName, role, rules, masks });
    if (template !== undefined) verdicts?.set(template, verdict);
    return verdict;
  };

  return {
    inspect: (text) => {
      const skeleton = skeletonOf(text);
      const shared = skeleton === null ? null : inspectText(skeleton);
      const only = shared === null ? undefined : plainRead(shared);
      if (shared === null || only === undefined) return inspectText(text);
      return { ...shared, analysis: [{ ...only, text: text.trim() }] };
    },
    decide: (found) => {
      const verdict = found.decided?.verdict ?? decideText(found);
      const hidden = verdict.action === 'deny' ? null : clientNames.hiddenAmong(found.runs);
      return hidden === null ? verdict : { action: 'deny', ...hiddenStatement(hidden) };
    },
    normalize: (text, found) => {
      if (found?.decided == null) return normalizeSql(text, LIMITS.charactersMax);
      return found.decided.normalized ?? LARGE_STATEMENT;
    },
  };
}

/** The one statement of a text that reads and does nothing else: what it is compared with changes no decision. */
function plainRead({ analysis, parseError, runs, releases }: SqlInspection): StatementAnalysis | undefined {
  const [only] = analysis;
  const plain =
    parseError === null &&
    analysis.length === 1 &&
    only?.effects.length === 1 &&
    only.effects[0] === 'select' &&
    runs.length + releases.length === 0;
  return plain ? only : undefined;
}

function withoutTree(statement: SqlStatement): StatementAnalysis {
  const { text, effects, relations, functions, flags } = statement;
  return { text, effects, relations, functions, flags };
}
