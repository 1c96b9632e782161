/**
 * May a statement use masked columns the way it does? A masked value may come out as a column of the result,
 * where the relay masks it, also wrapped in functions that can neither fail nor branch on it. It may not steer
 * which rows come back, or in what order, and it may not be written anywhere: each would reveal it bit by bit.
 */
import {
  childOf,
  childrenOf,
  constantText,
  flagOf,
  listOf,
  nameParts,
  type TreeNode,
  textOf,
} from '../analyzers/sql/tree.ts';
import { type AppliedMask, looksMasked } from './apply.ts';
import { assignedValue, insertedColumns, masksOfTarget } from './assignments.ts';
import {
  carriedBy,
  isPlainCount,
  isServerFunction,
  isUnclearCall,
  isUnclearFunction,
  type MaskedNames,
  outputsOf,
  queryCarries,
  sourceCarries,
} from './carries.ts';
import { isEquality } from './equality.ts';
import { columnsNamed, type From, fromOf, isKnownColumn, isStar, nodesOf } from './ranges.ts';

/**
 * Functions whose result is redacted with their argument and that always succeed: no error, no number of rows
 * and no branch depends on the value.
 */
const TRANSPARENT_FUNCTIONS: ReadonlySet<string> = new Set(
  `count min max any_value array_agg string_agg json_agg jsonb_agg json_object_agg jsonb_object_agg upper lower
   initcap btrim ltrim rtrim trim concat concat_ws length char_length character_length octet_length md5 to_json
   to_jsonb row_to_json json_build_object jsonb_build_object json_build_array jsonb_build_array array_to_string
   quote_literal quote_nullable quote_ident reverse text varchar`.split(/\s+/),
);
const TEXT_TYPES: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar', 'name', 'citext']);
const TRANSPARENT_KINDS: ReadonlySet<string> = new Set([
  'CoalesceExpr',
  'A_ArrayExpr',
  'RowExpr',
  'CollateClause',
  'NullTest',
  'NamedArgExpr',
  'List',
]);

type Use = 'result' | 'written';

/** Whether a masked column steers rows, which its mask may permit, or goes where no mask can follow. */
export interface Objection {
  readonly about: 'filter' | 'use';
  readonly reason: string;
}

interface Check {
  readonly names: MaskedNames;
  /** A condition may compare a masked column with constants for equality. */
  readonly equality: boolean;
  /** The first of each kind. */
  readonly objections: Objection[];
}

function object(check: Check, reason: string, about: Objection['about'] = 'use'): void {
  if (!check.objections.some((known) => known.about === about)) check.objections.push({ about, reason });
}

function objectToFilter(check: Check, name: string): void {
  const reason = check.equality
    ? `"${name}" is masked here: it can be selected, and compared with = or IN to values in WHERE, but not used ` +
      'to filter, join, sort or group in any other way, because that would reveal it.'
    : `"${name}" is masked here: it can be selected, but not used to filter, join, sort, group or compare, ` +
      'because that would reveal it.';
  object(check, reason, 'filter');
}

function objectToWriting(check: Check, name: string): void {
  object(check, `"${name}" is masked here, so its values cannot be written or copied anywhere else.`);
}

/** A place that steers rows: nothing masked may be in it, and what is nested in it is checked by itself. */
function checkFilter(check: Check, node: TreeNode, from: From): void {
  const carried = carriedBy(check.names, node, from);
  if (carried !== null) objectToFilter(check, carried);
  else checkNestedQueries(check, node);
}

function checkFilters(check: Check, nodes: Iterable<TreeNode | null>, from: From): void {
  for (const node of nodes) if (node !== null) checkFilter(check, node, from);
}

/** A WHERE clause, of which equality may be permitted where AND and OR join it to the rest. */
function checkWhere(check: Check, node: TreeNode | null, from: From): void {
  if (node === null) return;
  if (!check.equality) {
    checkFilter(check, node, from);
    return;
  }
  if (node.kind === 'BoolExpr' && textOf(node, 'boolop') !== 'NOT_EXPR') {
    for (const part of listOf(node, 'args')) checkWhere(check, part, from);
  } else if (!isEquality(check.names, node, from)) checkFilter(check, node, from);
}

function checkNestedQueries(check: Check, node: TreeNode): void {
  for (const child of childrenOf(node)) {
    if (child.kind === 'SelectStmt') checkQuery(check, child, 'result');
    else checkNestedQueries(check, child);
  }
}

/** `(c).email` selects a column only where the row is known to have it; else it calls a function. */
function selectsColumn(check: Check, node: TreeNode): boolean {
  const row = childOf(node, 'arg');
  const [name, ...others] = row === null ? [] : nameParts(row, 'fields');
  if (row?.kind !== 'ColumnRef' || name === undefined || others.length > 0) return false;
  const selected = nameParts(node, 'indirection');
  const known = columnsNamed(check.names.ranges, name);
  return selected.length === 1 && selected.every((column) => known.includes(column));
}

function isTransparent(check: Check, node: TreeNode): boolean {
  if (node.kind === 'A_Indirection') return selectsColumn(check, node);
  if (node.kind === 'FuncCall') {
    const name = nameParts(node, 'funcname');
    if (isPlainCount(node)) return true;
    return isServerFunction(check.names, name) && TRANSPARENT_FUNCTIONS.has(name.at(-1) ?? '');
  }
  if (node.kind === 'TypeCast') {
    const type = childOf(node, 'typeName');
    // A cast to an array parses the text, and its error would quote it.
    if (type === null || listOf(type, 'arrayBounds').length > 0) return false;
    return TEXT_TYPES.has(nameParts(type, 'names').at(-1) ?? '');
  }
  if (node.kind === 'A_Expr')
    return textOf(node, 'kind') === 'AEXPR_OP' && nameParts(node, 'name').join() === '||';
  return TRANSPARENT_KINDS.has(node.kind);
}

/** An expression of a result: masked columns may stand in it only inside what is transparent. */
function checkResult(check: Check, node: TreeNode, from: From): void {
  const carried = carriedBy(check.names, node, from);
  if (carried === null) {
    checkNestedQueries(check, node);
    return;
  }
  if (node.kind === 'ColumnRef') {
    checkReference(check, node, from);
    return;
  }
  if (node.kind === 'SubLink') {
    const query = childOf(node, 'subselect');
    const test = childOf(node, 'testexpr');
    const comparing = !['EXPR_SUBLINK', 'ARRAY_SUBLINK'].includes(textOf(node, 'subLinkType') ?? '');
    if (comparing || test !== null) objectToFilter(check, carried);
    else if (query !== null) checkQuery(check, query, 'result');
    return;
  }
  if (node.kind === 'CaseExpr') {
    checkCase(check, node, from);
    return;
  }
  if (node.kind === 'FuncCall' && isUnclearCall(check.names, node)) {
    checkArguments(check, node, from);
    return;
  }
  if (!isTransparent(check, node)) {
    object(check, `"${carried}" is masked here and cannot be used in this expression. Select it as it is.`);
    return;
  }
  const condition = childOf(node, 'agg_filter')?.fields;
  for (const child of childrenOf(node)) {
    const steers = child.kind === 'WindowDef' || child.kind === 'SortBy' || child.fields === condition;
    if (steers) checkFilter(check, child, from);
    else checkResult(check, child, from);
  }
}

/** What the target's own code returns is redacted; what it is given could make it fail or act. */
function checkArguments(check: Check, call: TreeNode, from: From): void {
  for (const child of childrenOf(call)) {
    const carried = carriedBy(check.names, child, from);
    if (carried === null) checkNestedQueries(check, child);
    else
      object(check, `"${carried}" is masked here and cannot be given to a function of the database's own.`);
  }
}

/** A masked column or whole row as it is; `c.regclass` would call a function with the row. */
function checkReference(check: Check, reference: TreeNode, from: From): void {
  const parts = nameParts(reference, 'fields');
  const [qualifier, name] = parts.slice(-2);
  if (isStar(reference) || name === undefined || qualifier === undefined) return;
  if (check.names.sources.get(qualifier) === false && !isUnclearFunction(check.names, name)) return;
  if (isKnownColumn(check.names.ranges, { qualifier, name }, from)) return;
  object(check, `"${qualifier}.${name}" is not a column that is known here, and the row holds masked ones.`);
}

function checkCase(check: Check, node: TreeNode, from: From): void {
  checkFilters(check, [childOf(node, 'arg')], from);
  for (const branch of listOf(node, 'args')) {
    checkFilters(check, [childOf(branch, 'expr')], from);
    const result = childOf(branch, 'result');
    if (result !== null) checkResult(check, result, from);
  }
  const otherwise = childOf(node, 'defresult');
  if (otherwise !== null) checkResult(check, otherwise, from);
}

function checkValue(check: Check, options: { node: TreeNode; from: From; use: Use }): void {
  const { node, from, use } = options;
  const carried = use === 'written' ? carriedBy(check.names, node, from) : null;
  if (carried !== null) objectToWriting(check, carried);
  else checkResult(check, node, from);
}

function checkSource(check: Check, source: TreeNode, from: From): void {
  switch (source.kind) {
    case 'RangeVar':
      return;
    case 'RangeSubselect': {
      const query = childOf(source, 'subquery');
      if (query !== null) checkQuery(check, query, 'result');
      return;
    }
    case 'JoinExpr':
      checkJoin(check, source, from);
      return;
    case 'RangeFunction':
      for (const node of nodesOf(source)) {
        if (node.kind === 'FuncCall') checkRowSource(check, node, from);
      }
      return;
    default:
      checkFilters(check, childrenOf(source), from);
  }
}

/** Arguments of a function in FROM decide how many rows there are. What it returns is another matter. */
function checkRowSource(check: Check, call: TreeNode, from: From): void {
  checkFilters(check, childrenOf(call), from);
}

function checkJoin(check: Check, join: TreeNode, from: From): void {
  if (flagOf(join, 'isNatural') && sourceCarries(check.names, join)) {
    object(check, 'NATURAL JOIN may join on a masked column. Name the columns with USING or ON.', 'filter');
  }
  for (const name of nameParts(join, 'usingClause')) {
    if (check.names.columns.has(name) && sourceCarries(check.names, join)) objectToFilter(check, name);
  }
  checkFilters(check, [childOf(join, 'quals')], from);
  for (const side of ['larg', 'rarg']) {
    const child = childOf(join, side);
    if (child !== null) checkSource(check, child, from);
  }
}

/** ORDER BY 2 and GROUP BY 2 mean an output by its position; behind a star nobody can say which. */
function checkPosition(check: Check, query: TreeNode, item: TreeNode): void {
  if (item.kind === 'GroupingSet') {
    for (const inner of listOf(item, 'content')) checkPosition(check, query, inner);
    return;
  }
  const value = item.kind === 'SortBy' ? childOf(item, 'node') : item;
  const position = value?.kind === 'A_Const' ? Number(constantText(value)) : Number.NaN;
  if (!Number.isInteger(position)) return;
  const outputs = outputsOf(check.names, query);
  const before = outputs.slice(0, position);
  const star = before.find((output) => output.star && output.carries !== null);
  const carried = star?.carries ?? before.at(position - 1)?.carries ?? null;
  if (carried !== null) objectToFilter(check, carried);
}

/** Comparing whole rows, as DISTINCT and every set operation but UNION ALL do, compares what is in them. */
function checkComparedRows(check: Check, query: TreeNode): void {
  const operation = textOf(query, 'op') ?? 'SETOP_NONE';
  const unionAll = operation === 'SETOP_UNION' && flagOf(query, 'all');
  const compares = operation === 'SETOP_NONE' ? Array.isArray(query.fields['distinctClause']) : !unionAll;
  if (!compares) return;
  const carried = queryCarries(check.names, query);
  if (carried !== null) objectToFilter(check, carried);
}

function checkWith(check: Check, query: TreeNode): void {
  const clause = childOf(query, 'withClause');
  if (clause === null) return;
  for (const expression of listOf(clause, 'ctes')) {
    const inner = childOf(expression, 'ctequery');
    if (inner !== null) checkQuery(check, inner, 'result');
    for (const [field, columns] of [
      ['search_clause', 'search_col_list'],
      ['cycle_clause', 'cycle_col_list'],
    ] as const) {
      const order = childOf(expression, field);
      const names = order === null ? [] : nameParts(order, columns);
      for (const name of names) if (check.names.columns.has(name)) objectToFilter(check, name);
    }
  }
}

function checkSelect(check: Check, query: TreeNode, use: Use): void {
  const from = fromOf(query);
  checkComparedRows(check, query);
  for (const side of ['larg', 'rarg']) {
    const branch = childOf(query, side);
    if (branch !== null) checkQuery(check, branch, use);
  }
  const written = childOf(query, 'intoClause') === null ? use : 'written';
  for (const target of listOf(query, 'targetList')) {
    const node = childOf(target, 'val');
    if (node !== null) checkValue(check, { node, from, use: written });
  }
  for (const row of listOf(query, 'valuesLists')) {
    for (const node of listOf(row, 'items')) checkValue(check, { node, from, use: written });
  }
  for (const source of listOf(query, 'fromClause')) checkSource(check, source, from);
  checkWhere(check, childOf(query, 'whereClause'), from);
  checkFilters(
    check,
    ['havingClause', 'limitCount', 'limitOffset'].map((field) => childOf(query, field)),
    from,
  );
  for (const field of ['groupClause', 'sortClause', 'windowClause', 'distinctClause']) {
    checkFilters(check, listOf(query, field), from);
  }
  for (const item of [
    ...listOf(query, 'sortClause'),
    ...listOf(query, 'groupClause'),
    ...listOf(query, 'distinctClause'),
  ]) {
    checkPosition(check, query, item);
  }
}

/** Masks would be lost for good if a masked value went back into its column. */
function checkMaskWrittenBack(check: Check, value: TreeNode, how: AppliedMask): void {
  const text = constantText(value);
  if (text !== null && looksMasked(text, how)) {
    object(check, 'This would write a masked value back over the original. Leave the masked column out.');
  }
}

/** NULL is what a masked column shows here, and would be all that is left. */
function checkNullWrittenBack(check: Check, value: TreeNode, how: AppliedMask): void {
  if (how !== 'null' || value.kind !== 'A_Const' || !flagOf(value, 'isnull')) return;
  object(check, 'This column shows as NULL here, so NULL cannot be written over the original.');
}

function checkAssignments(
  check: Check,
  targets: readonly TreeNode[],
  options: { readonly from: From; readonly target: TreeNode | null },
): void {
  const { from, target: relation } = options;
  for (const target of targets) {
    const node = childOf(target, 'val');
    if (node === null) continue;
    checkValue(check, { node, from, use: 'written' });
    const name = textOf(target, 'name');
    for (const how of name === null ? [] : masksOfTarget(check.names, relation, name)) {
      const value = assignedValue(target) ?? node;
      checkMaskWrittenBack(check, value, how);
      checkNullWrittenBack(check, value, how);
    }
  }
}

function checkInsert(check: Check, query: TreeNode): void {
  const source = childOf(query, 'selectStmt');
  const target = childOf(query, 'relation');
  if (source !== null) {
    checkQuery(check, source, 'written');
    for (const { values, masks } of insertedColumns(check.names, query)) {
      for (const value of values) for (const how of masks) checkMaskWrittenBack(check, value, how);
    }
  }
  const conflict = childOf(query, 'onConflictClause');
  if (conflict === null) return;
  const from = fromOf(query);
  checkInference(check, conflict);
  checkAssignments(check, listOf(conflict, 'targetList'), { from, target });
  checkWhere(check, childOf(conflict, 'whereClause'), from);
}

/** ON CONFLICT (email) tells whether there is such a row, as a comparison would. */
function checkInference(check: Check, conflict: TreeNode): void {
  const inferred = childOf(conflict, 'infer');
  if (inferred === null || check.equality) return;
  for (const element of listOf(inferred, 'indexElems')) {
    const name = textOf(element, 'name');
    if (name !== null && check.names.columns.has(name)) objectToFilter(check, name);
  }
}

function checkMerge(check: Check, query: TreeNode): void {
  const from = fromOf(query);
  const target = childOf(query, 'relation');
  const source = childOf(query, 'sourceRelation');
  if (source !== null) checkSource(check, source, from);
  checkFilters(check, [childOf(query, 'joinCondition')], from);
  for (const clause of listOf(query, 'mergeWhenClauses')) {
    checkFilters(check, [childOf(clause, 'condition')], from);
    checkAssignments(check, listOf(clause, 'targetList'), { from, target });
    for (const node of listOf(clause, 'values')) checkValue(check, { node, from, use: 'written' });
  }
}

function checkChange(check: Check, query: TreeNode): void {
  const from = fromOf(query);
  checkAssignments(check, listOf(query, 'targetList'), { from, target: childOf(query, 'relation') });
  for (const source of [...listOf(query, 'fromClause'), ...listOf(query, 'usingClause')]) {
    checkSource(check, source, from);
  }
  checkWhere(check, childOf(query, 'whereClause'), from);
}

function checkReturning(check: Check, query: TreeNode, use: Use): void {
  const returning = childOf(query, 'returningClause');
  if (returning === null) return;
  for (const target of listOf(returning, 'exprs')) {
    const node = childOf(target, 'val');
    if (node !== null) checkValue(check, { node, from: fromOf(query), use });
  }
}

type QueryCheck = (check: Check, query: TreeNode, use: Use) => void;

const QUERY_CHECKS: ReadonlyMap<string, QueryCheck> = new Map<string, QueryCheck>([
  ['SelectStmt', checkSelect],
  ['InsertStmt', checkInsert],
  ['UpdateStmt', checkChange],
  ['DeleteStmt', checkChange],
  ['MergeStmt', checkMerge],
]);

function checkQuery(check: Check, query: TreeNode, use: Use): void {
  const checkKind = QUERY_CHECKS.get(query.kind);
  if (checkKind === undefined) {
    checkFilter(check, query, []);
    return;
  }
  checkWith(check, query);
  checkKind(check, query, use);
  // What an INSERT into a written query's place returns goes where that query's rows go.
  checkReturning(check, query, use);
}

/**
 * Why a query may not use masked columns the way it does; empty when it may. `written` when its rows go anywhere
 * but to the client.
 * @param options.equality conditions may compare masked columns with given values for equality
 */
export function objectionsToQuery(
  names: MaskedNames,
  query: TreeNode,
  use: Use,
  options: { readonly equality?: boolean } = {},
): readonly Objection[] {
  const check: Check = { names, equality: options.equality ?? false, objections: [] };
  checkQuery(check, query, use);
  return check.objections;
}
