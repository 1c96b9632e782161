/**
 * Masks against whole statements: which may not run at all because no mask on their results would help, and
 * which could read masked data, so that results of unclear origin must be redacted.
 */

import type { Effect, Relation } from '../../core/statement.ts';
import type { Verdict } from '../../core/verdict.ts';
import { isServerRelation } from '../analyzers/sql/catalog-effects.ts';
import type { SqlStatement } from '../analyzers/sql/statement.ts';
import { childOf, constantText, listOf, nameParts, type TreeNode, textOf } from '../analyzers/sql/tree.ts';
import { looksMasked } from './apply.ts';
import {
  carriedBy,
  isPlainColumn,
  type MaskedNames,
  queryCarries,
  sourceCarries,
  UNSEEN_EFFECTS,
} from './carries.ts';
import { type Objection, objectionsToQuery } from './column-flow.ts';
import { maskedNamesOf } from './names.ts';
import { isEmptyPlan, type MaskPlan, type PlannedNames, relationsNamed, type WhenFiltered } from './plan.ts';
import { aliasColumns, aliasOf, fromOf, isExpression, isStar, nodesOf } from './ranges.ts';

type Denial = Extract<Verdict, { action: 'deny' }>;
type Review = Extract<Verdict, { action: 'review' }>;

/** Statistics keep values of columns; large objects keep what no column says where it belongs. */
const LEAKING_RELATIONS: ReadonlySet<string> = new Set([
  'pg_stats',
  'pg_statistic',
  'pg_stats_ext',
  'pg_stats_ext_exprs',
  'pg_statistic_ext_data',
  'pg_largeobject',
]);

/** They read what others are running right now: the texts of statements hold values. */
const LEAKING_FUNCTIONS: ReadonlySet<string> = new Set([
  'pg_stat_get_activity',
  'pg_stat_get_backend_activity',
]);

/** Code that the parser of SQL sees only as a text. */
const OPAQUE_KINDS: ReadonlySet<string> = new Set(['DoStmt', 'CreateFunctionStmt']);
/** What would let masked rows be found under a name that no mask covers. */
const REARRANGING_KINDS: ReadonlySet<string> = new Set([
  'RenameStmt',
  'AlterObjectSchemaStmt',
  'RuleStmt',
  'CreateTrigStmt',
  'CreatePublicationStmt',
  'AlterPublicationStmt',
]);
const REARRANGING_SUBTYPES: ReadonlySet<string> = new Set([
  'AT_AttachPartition',
  'AT_DetachPartition',
  'AT_AddInherit',
  'AT_DropInherit',
]);
/** Statements that carry a query as it is. */
const WRAPPING_KINDS: ReadonlySet<string> = new Set(['ExplainStmt', 'PrepareStmt', 'DeclareCursorStmt']);
const QUERY_KINDS: ReadonlySet<string> = new Set([
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
]);

/** They run what was put off before: deferred checks, and cursors that are to outlive their transaction. */
const FINISHING_KINDS: ReadonlySet<string> = new Set(['TransactionStmt', 'ConstraintsSetStmt']);

function deny(reason: string): Denial {
  return { action: 'deny', rule: 'masks', reason };
}

function isMaskedRelation(plan: PlannedNames, named: { schema: string | null; name: string }): boolean {
  return relationsNamed(plan, named).some((relation) => relation.masks.size > 0);
}

/** Relations that the catalog snapshot does not know; what a statement is about to create does not count. */
function unfamiliarIn(plan: PlannedNames, statement: SqlStatement): readonly Relation[] {
  const creates = statement.effects.includes('create');
  return statement.relations.filter((relation) => {
    if (creates && relation.access === 'write') return false;
    return !isServerRelation(relation) && relationsNamed(plan, relation).length === 0;
  });
}

/** True when no code that a statement runs without showing it could bring out a masked value. */
function callsOnlyHarmless(plan: PlannedNames, { effects, calls }: SqlStatement): boolean {
  if (effects.some((effect) => UNSEEN_EFFECTS.has(effect))) return false;
  if (!effects.includes('call')) return true;
  const harmless = (name: string): boolean => plan.functions.get(name) === true;
  return (
    calls.length > 0 &&
    calls.every(({ name, candidates }) =>
      candidates === null
        ? harmless(name.split('.').at(-1) ?? '')
        : candidates.every((one) => harmless(one.name)),
    )
  );
}

/** True when the statement names a masked relation, or one that the catalog snapshot does not know. */
function touchesMasked(plan: PlannedNames, statement: SqlStatement): boolean {
  const known = statement.relations.some((relation) => isMaskedRelation(plan, relation));
  return known || unfamiliarIn(plan, statement).length > 0;
}

function objectionToLeaks(statement: SqlStatement): string | null {
  const leak =
    statement.relations.find((relation) => isServerRelation(relation) && LEAKING_RELATIONS.has(relation.name))
      ?.name ?? statement.functions.find((name) => LEAKING_FUNCTIONS.has(name.replace(/^pg_catalog\./, '')));
  return leak === undefined ? null : `${leak} holds values of masked columns, so it cannot be used here.`;
}

function objectionToOpaque(tree: TreeNode): string | null {
  for (const node of nodesOf(tree)) {
    if (OPAQUE_KINDS.has(node.kind)) {
      return 'Columns are masked in this database, and nobody can tell what code in a text does with them.';
    }
    if (node.kind === 'CreateTableAsStmt' && childOf(node, 'query')?.kind === 'ExecuteStmt') {
      return 'Columns are masked in this database, so the rows of a prepared statement cannot be written to a table.';
    }
  }
  return null;
}

const STORING_EFFECTS: readonly Effect[] = ['insert', 'update', 'merge', 'create', 'copy-out'];

/** A function of the target's own may return masked rows under any name, so what it returns may not be kept. */
function objectionToStoredCalls(plan: PlannedNames, statement: SqlStatement): string | null {
  const stores = STORING_EFFECTS.some((effect) => statement.effects.includes(effect));
  if (!stores || callsOnlyHarmless(plan, statement)) return null;
  return 'Columns are masked in this database, and nobody can tell what the functions called here put into the rows that are written.';
}

function maskedRangeIn(plan: PlannedNames, tree: TreeNode): boolean {
  for (const node of nodesOf(tree)) {
    if (node.kind !== 'RangeVar') continue;
    if (isMaskedRelation(plan, { schema: textOf(node, 'schemaname'), name: textOf(node, 'relname') ?? '' }))
      return true;
  }
  return false;
}

function objectionToRearranging(plan: PlannedNames, tree: TreeNode): string | null {
  const subtypes = listOf(tree, 'cmds').map((command) => textOf(command, 'subtype') ?? '');
  const rearranges =
    REARRANGING_KINDS.has(tree.kind) || subtypes.some((subtype) => REARRANGING_SUBTYPES.has(subtype));
  const renamesSchema = tree.kind === 'RenameStmt' && textOf(tree, 'renameType') === 'OBJECT_SCHEMA';
  if (!renamesSchema && !(rearranges && maskedRangeIn(plan, tree))) return null;
  return 'Masks follow names, so what holds masked columns cannot be renamed, moved or wired to other tables here.';
}

function asUse(reason: string | null): readonly Objection[] {
  return reason === null ? [] : [{ about: 'use', reason }];
}

const COPY_DENIED =
  'COPY would hand out masked columns. List the columns that are not masked, or SELECT them: results are masked.';

/** COPY of a relation copies all its columns unless it lists them. */
function objectionsToCopy(names: MaskedNames, tree: TreeNode, options: FlowOptions): readonly Objection[] {
  const query = childOf(tree, 'query');
  if (query !== null) return objectionsToQuery(names, query, 'written', options);
  const relation = childOf(tree, 'relation');
  if (relation === null) return asUse(objectionToMention(names, tree));
  if (tree.fields['is_from'] === true) {
    const where = childOf(tree, 'whereClause');
    return where === null ? [] : asUse(objectionToMention(names, where));
  }
  const listed = nameParts(tree, 'attlist');
  const carried =
    listed.length === 0 ? sourceCarries(names, relation) : listed.some((name) => names.columns.has(name));
  return asUse(carried ? COPY_DENIED : null);
}

/** Names of columns that utility statements give outside expressions: of indexes, keys and statistics. */
function namedColumns(node: TreeNode): readonly string[] {
  switch (node.kind) {
    case 'IndexElem':
    case 'StatsElem':
    case 'PartitionElem':
      return [textOf(node, 'name') ?? ''];
    case 'Constraint':
      return [...nameParts(node, 'keys'), ...nameParts(node, 'fk_attrs'), ...nameParts(node, 'pk_attrs')];
    default:
      return [];
  }
}

/** For every other statement: a masked column may not be in it at all. */
function objectionToMention(names: MaskedNames, tree: TreeNode): string | null {
  for (const node of nodesOf(tree)) {
    const carried =
      node.kind === 'ColumnRef'
        ? (carriedBy(names, node, []) ?? (isStar(node) ? '*' : null))
        : (namedColumns(node).find((name) => names.columns.has(name)) ?? null);
    if (carried !== null) return `"${carried}" is masked here and cannot be used in this statement.`;
  }
  return null;
}

interface FlowOptions {
  readonly equality?: boolean;
}

function objectionsToFlow(names: MaskedNames, tree: TreeNode, options: FlowOptions): readonly Objection[] {
  if (QUERY_KINDS.has(tree.kind)) return objectionsToQuery(names, tree, 'result', options);
  if (WRAPPING_KINDS.has(tree.kind)) {
    const inner = childOf(tree, 'query');
    return inner === null ? [] : objectionsToFlow(names, inner, options);
  }
  if (tree.kind === 'CopyStmt') return objectionsToCopy(names, tree, options);
  if (tree.kind === 'CreateTableAsStmt' || tree.kind === 'ViewStmt') {
    const query = childOf(tree, 'query');
    return query === null ? [] : objectionsToQuery(names, query, 'written', options);
  }
  return asUse(objectionToMention(names, tree));
}

/** Masks that went through SQL's EXECUTE would be written back like any other. */
function objectionToExecute(tree: TreeNode): string | null {
  for (const node of nodesOf(tree)) {
    if (node.kind !== 'ExecuteStmt') continue;
    if (listOf(node, 'params').some((value) => looksMasked(constantText(value) ?? '')))
      return 'This would write a masked value back over the original. Leave the masked column out.';
  }
  return null;
}

/** Any other objection denies; one to filters is subject to what the mask says about them. */
function objectionTo(plan: MaskPlan, statement: SqlStatement): string | null {
  const { tree } = statement;
  if (tree === null) return 'Columns are masked in this database, and this statement cannot be read.';
  const always =
    objectionToLeaks(statement) ??
    objectionToOpaque(tree) ??
    objectionToStoredCalls(plan, statement) ??
    objectionToRearranging(plan, tree) ??
    objectionToExecute(tree);
  if (always !== null) return always;
  if (touchesAny(plan, statement)) {
    const use = objectionsToFlow(maskedNamesOf(plan, tree), tree, {}).find(({ about }) => about === 'use');
    if (use !== undefined) return use.reason;
  }
  const filter = objectionToFilter(plan, statement, 'deny') ?? objectionToFilter(plan, statement, 'equality');
  if (filter !== null) return filter;
  for (const behind of statementsBehind(plan, tree)) {
    const objection = objectionTo(plan, behind);
    if (objection !== null) return objection;
  }
  return null;
}

function touchesAny(plan: PlannedNames, statement: SqlStatement): boolean {
  return touchesMasked(plan, statement) || !callsOnlyHarmless(plan, statement);
}

/** To a filter on columns whose masks treat filters in this way. */
function objectionToFilter(plan: MaskPlan, statement: SqlStatement, filter: WhenFiltered): string | null {
  const filtered = plan.byFilter.get(filter);
  const { tree } = statement;
  if (filtered === undefined || tree === null || !touchesAny(filtered, statement)) return null;
  const objections = objectionsToFlow(maskedNamesOf(filtered, tree), tree, {
    equality: filter === 'equality',
  });
  return objections.find(({ about }) => about === 'filter')?.reason ?? null;
}

/** The statements that SQL's EXECUTE and FETCH run, as far as they are known. */
function statementsBehind(plan: MaskPlan, tree: TreeNode): readonly SqlStatement[] {
  return [...nodesOf(tree)].flatMap((node) => behindNode(plan, node) ?? []);
}

/** Null when nobody knows what a name stands for; empty for what runs nothing by a name. */
function behindNode(plan: MaskPlan, node: TreeNode): readonly SqlStatement[] | null {
  if (node.kind === 'ExecuteStmt') return plan.behindName?.('statement', textOf(node, 'name') ?? '') ?? null;
  if (node.kind === 'FetchStmt') return plan.behindName?.('portal', textOf(node, 'portalname') ?? '') ?? null;
  return [];
}

function reviewFor(plan: MaskPlan, statement: SqlStatement): Denial | Review | null {
  const reason = objectionToFilter(plan, statement, 'review');
  if (reason === null) return null;
  if (plan.review === null || statement.tree?.kind === 'PrepareStmt') return deny(reason);
  return { action: 'review', rule: 'masks', reason, approval: plan.review };
}

const FROZEN =
  'Others have changed tables of this database while this transaction did too, and nobody can tell any more what ' +
  'is masked. End the transaction, and begin again.';

/**
 * What masks say about statements (section 7 of the design, masking). Denies what no mask on results can make
 * safe: masked columns in predicates, in what is written or copied, and in code that cannot be read. A predicate
 * on a column whose mask says so is subject to review. Null when nothing objects. The rule is `masks`.
 */
export function judgeForMasks(plan: MaskPlan, analyses: readonly SqlStatement[]): Denial | Review | null {
  if (plan.frozen === true && analyses.some(({ tree }) => tree?.kind !== 'TransactionStmt'))
    return deny(FROZEN);
  if (isEmptyPlan(plan)) return null;
  for (const statement of analyses) {
    const objection = objectionTo(plan, statement);
    if (objection !== null) return deny(objection);
  }
  let review: Review | null = null;
  for (const statement of analyses) {
    const found = reviewFor(plan, statement);
    if (found?.action === 'deny') return found;
    review ??= found;
  }
  return review;
}

/** True when the rows of a statement come from something that the statement does not show. */
function readsUnseen(plan: MaskPlan, statement: SqlStatement, tree: TreeNode): boolean {
  if (!callsOnlyHarmless(plan, statement)) return true;
  for (const node of nodesOf(tree)) if (behindNode(plan, node) === null) return true;
  return false;
}

function resultTargets(query: TreeNode): readonly TreeNode[] {
  const returning = childOf(query, 'returningClause');
  return returning === null ? listOf(query, 'targetList') : listOf(returning, 'exprs');
}

/** A table or view by its own columns: the server names the origin of every bare column of it. */
function isPlainSource(names: MaskedNames, source: TreeNode): boolean {
  if (aliasColumns(source).length > 0) return false;
  if (source.kind === 'RangeVar') return !isExpression(names.ranges, source);
  if (source.kind !== 'JoinExpr' || aliasOf(source) !== null) return false;
  return ['larg', 'rarg'].every((side) => {
    const child = childOf(source, side);
    return child !== null && isPlainSource(names, child);
  });
}

/** True when a column of the result could hold a masked value without the server naming where it is from. */
function hidesMasked(names: MaskedNames, query: TreeNode): boolean {
  // EXPLAIN shows a plan, and neither PREPARE nor DECLARE returns rows.
  if (WRAPPING_KINDS.has(query.kind)) return false;
  if (!QUERY_KINDS.has(query.kind)) return true;
  const targets = resultTargets(query);
  if (targets.length === 0) return queryCarries(names, query) !== null;
  const from = fromOf(query);
  const plain = from.every((source) => isPlainSource(names, source));
  return targets.some((target) => {
    const value = childOf(target, 'val');
    if (value === null || (plain && isPlainColumn(names, value, from))) return false;
    return carriedBy(names, value, from) !== null;
  });
}

function couldStatementReadMasked(plan: MaskPlan, statement: SqlStatement): boolean {
  const { tree } = statement;
  if (tree === null || readsUnseen(plan, statement, tree)) return true;
  if (statementsBehind(plan, tree).some((behind) => couldStatementReadMasked(plan, behind))) return true;
  if (unfamiliarIn(plan, statement).length > 0) return true;
  if (!touchesMasked(plan, statement)) return false;
  return hidesMasked(maskedNamesOf(plan, tree), tree);
}

/**
 * True when an output whose origin the server does not name (oid 0) could hold masked data. Bare columns need
 * no such answer: `maskOf` knows them by number.
 */
export function couldReadMasked(plan: MaskPlan, analyses: readonly SqlStatement[]): boolean {
  if (isEmptyPlan(plan)) return false;
  return analyses.some((statement) => couldStatementReadMasked(plan, statement));
}

function couldStatementQuoteMasked(plan: MaskPlan, statement: SqlStatement): boolean {
  const { tree } = statement;
  if (tree?.kind === 'DropStmt' && callsOnlyHarmless(plan, statement)) return false;
  if (tree === null || readsUnseen(plan, statement, tree) || touchesMasked(plan, statement)) return true;
  if (statementsBehind(plan, tree).some((behind) => couldStatementQuoteMasked(plan, behind))) return true;
  return FINISHING_KINDS.has(tree.kind);
}

/** True when errors and notices of a statement could quote masked rows, also those that it only writes. */
export function couldQuoteMasked(plan: MaskPlan, analyses: readonly SqlStatement[]): boolean {
  if (isEmptyPlan(plan)) return false;
  return analyses.some((statement) => couldStatementQuoteMasked(plan, statement));
}

/** True when a statement runs code of the target's own, which could raise any error with any text. */
export function runsUnclearCode(plan: MaskPlan, analyses: readonly SqlStatement[]): boolean {
  if (isEmptyPlan(plan)) return false;
  return analyses.some((statement) => !callsOnlyHarmless(plan, statement));
}

/**
 * Names that the catalog snapshot does not know. When there are any, refreshing the snapshot before deciding
 * gives a better answer than redacting everything.
 */
export function unfamiliarRelations(plan: MaskPlan, analyses: readonly SqlStatement[]): readonly string[] {
  const names = analyses
    .flatMap((statement) => unfamiliarIn(plan, statement))
    .map(({ schema, name }) => (schema === null ? name : `${schema}.${name}`));
  return [...new Set(names)];
}
