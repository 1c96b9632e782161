/**
 * Whether two policies decide about the recorded statements of one session alike: what the role and the rules say,
 * what masks say about the text and its parameters, how many rows may come back, and which columns are shown. Bytes,
 * detectors, views and functions of the target are not judged: the recording does not tell enough.
 */
import type { DecisionChange, SimulatedOutcome } from '../../core/policy-impact.ts';
import type { Verdict } from '../../core/verdict.ts';
import { normalizeSql } from '../analyzers/sql/analyze.ts';
import type { SqlAnalysis, SqlStatement } from '../analyzers/sql/statement.ts';
import type { PolicyDocument } from '../document/schema.ts';
import { looksMasked } from '../masks/apply.ts';
import { type MaskedParameter, maskedParameters } from '../masks/assignments.ts';
import { compileMaskPlan } from '../masks/compile-plan.ts';
import { isEmptyPlan, type MaskPlan, relationsNamed } from '../masks/plan.ts';
import { type DatabasePolicy, databasePolicy } from '../rules/database-policy.ts';
import { decideStatement } from '../rules/decide.ts';
import { type EgressLimit, egressLimits, limitsOf } from '../rules/egress.ts';
import { assumedFacts } from '../rules/explain.ts';
import { assumedCatalog } from './assumed-catalog.ts';
import { analyzeReplayed, REPLAYED_CHARACTERS_MAX, type ReplayedStatement } from './replayed-statement.ts';
import type { SessionComparison } from './session-comparison.ts';

/** Texts repeat: what was found about so many is kept. */
const TEXTS_KEPT = 500;
const KEPT_CHARACTERS_MAX = 8_192;

/** One of the two policies, for one session's database and role. */
interface Side {
  /** Null when it has no such database or role. */
  readonly applies: DatabasePolicy | null;
  readonly limits: readonly EgressLimit[];
  /** Rows so far, by rule, for limits on a whole session or grant. */
  readonly rowsSoFar: Map<string, number>;
}

/** What one side says about a text, whatever its parameters and its rows. */
interface TextJudgement {
  readonly verdict: Verdict;
  readonly parameters: readonly MaskedParameter[];
  /** Columns of the result that are masked. */
  readonly masked: readonly string[];
  readonly limits: readonly EgressLimit[];
}

interface Outcome {
  readonly outcome: SimulatedOutcome;
  readonly because: string;
  readonly reason: string;
  /** Whoever would be asked, for a held one. */
  readonly asks: string;
}

export class StatementComparison implements SessionComparison {
  readonly skippedBecause = 'they are too long';
  readonly remark = null;
  readonly #roleName: string;
  readonly #before: Side;
  readonly #after: Side;
  readonly #known = new Map<string, readonly [TextJudgement | null, TextJudgement | null] | null>();

  constructor(
    documents: { readonly before: PolicyDocument; readonly after: PolicyDocument },
    session: { readonly resource: string; readonly role: string },
  ) {
    this.#roleName = session.role;
    this.#before = sideOf(documents.before, session);
    this.#after = sideOf(documents.after, session);
  }

  get isSame(): boolean {
    return JSON.stringify(this.#before.applies) === JSON.stringify(this.#after.applies);
  }

  compare(statement: ReplayedStatement): readonly DecisionChange[] | null {
    const judged = this.#judge(statement);
    if (judged === null) return null;
    const [before, after] = judged;
    const was = outcomeOf(this.#before, before, statement);
    const would = outcomeOf(this.#after, after, statement);
    if (was.outcome !== would.outcome || was.asks !== would.asks) {
      const { outcome: to, because, reason } = would;
      return [{ from: was.outcome, to, because: because === '' ? was.because : because, reason }];
    }
    return would.outcome === 'allowed' ? shownChanges(before?.masked ?? [], after?.masked ?? []) : [];
  }

  withoutValues({ text }: ReplayedStatement): string {
    return normalizeSql(text, REPLAYED_CHARACTERS_MAX);
  }

  #judge(statement: ReplayedStatement): readonly [TextJudgement | null, TextJudgement | null] | null {
    const key = JSON.stringify([statement.text, statement.resultColumns]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const resource = (this.#after.applies ?? this.#before.applies)?.resource;
    const analysed = resource === undefined ? null : analyzeReplayed(statement, assumedFacts(resource));
    const judge = ({ applies, limits }: Side): TextJudgement | null =>
      applies === null || analysed === null
        ? null
        : judgeText({ applies, limits, analysed, roleName: this.#roleName, statement });
    const judged = analysed === null ? null : ([judge(this.#before), judge(this.#after)] as const);
    if (key.length <= KEPT_CHARACTERS_MAX) this.#keep(key, judged);
    return judged;
  }

  #keep(key: string, judged: readonly [TextJudgement | null, TextJudgement | null] | null): void {
    const oldest = this.#known.size < TEXTS_KEPT ? undefined : this.#known.keys().next().value;
    if (oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(key, judged);
  }
}

function sideOf(document: PolicyDocument, session: { resource: string; role: string }): Side {
  const applies = databasePolicy(document, session);
  return { applies, limits: applies === null ? [] : egressLimits(applies.rules), rowsSoFar: new Map() };
}

function judgeText(input: {
  applies: DatabasePolicy;
  limits: readonly EgressLimit[];
  analysed: SqlAnalysis;
  roleName: string;
  statement: ReplayedStatement;
}): TextJudgement {
  const { applies, analysed, roleName, statement } = input;
  const { statements, parseError } = analysed;
  const { resultColumns } = statement;
  const naming = applies.masks.filter(({ columns }) => columns !== undefined);
  const catalog = assumedCatalog({ statements, masks: naming, resultColumns });
  const masks = naming.length === 0 ? null : compileMaskPlan({ masks: naming, catalog });
  const { role, rules } = applies;
  const hasMasks = masks !== null && !isEmptyPlan(masks);
  return {
    verdict: decideStatement({ analyses: statements, parseError, roleName, role, rules, masks }),
    parameters: hasMasks
      ? statements.flatMap(({ tree }) => (tree === null ? [] : maskedParameters(masks, tree)))
      : [],
    masked: hasMasks ? maskedAmong(masks, statements, resultColumns) : [],
    limits: limitsOf(input.limits, statements),
  };
}

/** Columns of the result that a relation of the statement has under the same name, masked. */
function maskedAmong(
  plan: MaskPlan,
  statements: readonly SqlStatement[],
  resultColumns: readonly string[],
): readonly string[] {
  const masked = new Set<string>();
  for (const named of statements.flatMap(({ relations }) => relations)) {
    for (const { columns, masks } of relationsNamed(plan, named)) {
      for (const { attnum, name } of columns) if (masks.has(attnum)) masked.add(name);
    }
  }
  return [...new Set(resultColumns)].filter((name) => masked.has(name)).sort();
}

function outcomeOf(side: Side, judgement: TextJudgement | null, statement: ReplayedStatement): Outcome {
  if (judgement === null) {
    const reason = 'The policy has no such database or role, so there would be no session.';
    return { outcome: 'refused', because: '', reason, asks: '' };
  }
  const { verdict, limits } = judgement;
  if (verdict.action === 'deny') {
    return { outcome: 'denied', because: verdict.rule, reason: verdict.reason, asks: '' };
  }
  if (writesMaskBack(judgement, statement)) {
    const reason = 'A parameter would write a masked value back over the original.';
    return { outcome: 'denied', because: 'masks', reason, asks: '' };
  }
  const exceeded = exceededLimit(side, limits, statement);
  if (exceeded !== null) {
    const reason =
      exceeded.message ?? `More than ${exceeded.rowsMax} rows: the rule ${exceeded.rule} stops the session.`;
    return { outcome: 'stopped', because: exceeded.rule, reason, asks: '' };
  }
  const { reason, rule } = verdict;
  const asks = verdict.action === 'review' ? JSON.stringify(verdict.approval) : '';
  return { outcome: verdict.action === 'review' ? 'held' : 'allowed', because: rule ?? '', reason, asks };
}

function writesMaskBack({ parameters }: TextJudgement, statement: ReplayedStatement): boolean {
  return parameters.some(({ number, masks, replaces }) => {
    const value = statement.parameters[number - 1];
    if (value === undefined) return false;
    if (value === null) return replaces && masks.includes('null');
    return masks.some((how) => looksMasked(value, how));
  });
}

function exceededLimit(
  { rowsSoFar }: Side,
  limits: readonly EgressLimit[],
  { rows }: ReplayedStatement,
): EgressLimit | null {
  let exceeded: EgressLimit | null = null;
  for (const limit of limits) {
    if (limit.rowsMax === null) continue;
    const before = limit.per === 'statement' ? 0 : (rowsSoFar.get(limit.rule) ?? 0);
    if (limit.per !== 'statement') rowsSoFar.set(limit.rule, before + rows);
    if (before <= limit.rowsMax && before + rows > limit.rowsMax) exceeded ??= limit;
  }
  return exceeded;
}

function shownChanges(before: readonly string[], after: readonly string[]): readonly DecisionChange[] {
  const masked = after.filter((name) => !before.includes(name));
  const shown = before.filter((name) => !after.includes(name));
  const changes: DecisionChange[] = [];
  if (masked.length > 0) {
    changes.push({ from: 'shown', to: 'masked', because: 'masks', reason: `Masked: ${masked.join(', ')}.` });
  }
  if (shown.length > 0) {
    changes.push({ from: 'masked', to: 'shown', because: 'masks', reason: `Shown: ${shown.join(', ')}.` });
  }
  return changes;
}
