/** What a statement lists in FROM: ranges, their aliases, and the columns that are known to be in them. */
import { BUILTIN_FUNCTIONS } from '../analyzers/sql/builtin-names.ts';
import { isServerRelation } from '../analyzers/sql/catalog-effects.ts';
import { childOf, childrenOf, listOf, nameParts, type TreeNode, textOf } from '../analyzers/sql/tree.ts';
import { type PlannedNames, relationsNamed } from './plan.ts';

/** What a FROM clause lists. */
export type From = readonly TreeNode[];

/** The names of a statement, as far as its text alone tells. */
export interface StatementRanges {
  readonly plan: PlannedNames;
  /** Common table expressions by name; there may be several of one name in different places. */
  readonly expressions: ReadonlyMap<string, readonly TreeNode[]>;
  /** Everything that can stand before the dot of a column reference, by that name. */
  readonly sources: ReadonlyMap<string, readonly TreeNode[]>;
  /** Columns that were worked out already, by the fields of the source; expressions may refer to each other. */
  readonly columns: WeakMap<object, readonly string[]>;
  /** The same, by the name before a dot. */
  readonly named: Map<string, readonly string[]>;
}

const SYSTEM_COLUMNS: readonly string[] = ['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid'];

/** All nodes of a tree, outer ones first. */
export function* nodesOf(root: TreeNode): Generator<TreeNode> {
  const pending = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    yield node;
    // One by one: a list of a large statement has more items than a call may have arguments.
    for (const child of childrenOf(node)) pending.push(child);
  }
}

function addTo(map: Map<string, TreeNode[]>, name: string | null, node: TreeNode): void {
  if (name === null) return;
  const known = map.get(name);
  if (known === undefined) map.set(name, [node]);
  else known.push(node);
}

export function rangeName(range: TreeNode): { schema: string | null; name: string } {
  return { schema: textOf(range, 'schemaname'), name: textOf(range, 'relname') ?? '' };
}

export function aliasOf(source: TreeNode): string | null {
  const alias = childOf(source, 'alias');
  return alias === null ? null : textOf(alias, 'aliasname');
}

/** The column list of an alias, as in `customers AS c (a, b)`. */
export function aliasColumns(source: TreeNode): readonly string[] {
  const alias = childOf(source, 'alias');
  return alias === null ? [] : nameParts(alias, 'colnames');
}

/** The names under which RETURNING knows a row before and after: `old`, `new`, or what WITH (OLD AS …) says. */
export function returningNames(query: TreeNode): readonly string[] {
  const returning = childOf(query, 'returningClause');
  if (returning === null) return [];
  const given = listOf(returning, 'options').map((option) => textOf(option, 'value'));
  return ['old', 'new', ...given.filter((name) => name !== null)];
}

/** Collects the ranges of a statement from all its nodes. */
export function rangesOf(plan: PlannedNames, nodes: readonly TreeNode[]): StatementRanges {
  const expressions = new Map<string, TreeNode[]>();
  const sources = new Map<string, TreeNode[]>();
  for (const node of nodes) {
    if (node.kind === 'CommonTableExpr') addTo(expressions, textOf(node, 'ctename'), node);
    else if (node.kind === 'RangeVar') addTo(sources, aliasOf(node) ?? rangeName(node).name, node);
    else addTo(sources, aliasOf(node), node);
    const target = childOf(node, 'relation');
    if (target !== null) for (const name of returningNames(node)) addTo(sources, name, target);
  }
  return { plan, expressions, sources, columns: new WeakMap(), named: new Map() };
}

/** True when a range can mean a common table expression of the statement. */
export function isExpression(ranges: StatementRanges, range: TreeNode): boolean {
  const { schema, name } = rangeName(range);
  return schema === null && ranges.expressions.has(name);
}

/** True when nobody knows the relation: not the catalog snapshot, not the server, not the statement. */
export function isUnfamiliar(ranges: StatementRanges, range: TreeNode): boolean {
  const named = rangeName(range);
  if (isExpression(ranges, range) || isServerRelation(named)) return false;
  return relationsNamed(ranges.plan, named).length === 0;
}

/** The relations that a query reads or changes, for what a star means in it. */
export function fromOf(query: TreeNode): From {
  const target = childOf(query, 'relation');
  const merged = childOf(query, 'sourceRelation');
  return [
    ...listOf(query, 'fromClause'),
    ...listOf(query, 'usingClause'),
    ...(target === null ? [] : [target]),
    ...(merged === null ? [] : [merged]),
  ];
}

export function isStar(reference: TreeNode): boolean {
  return reference.kind === 'ColumnRef' && listOf(reference, 'fields').at(-1)?.kind === 'A_Star';
}

/** PostgreSQL refuses longer lists (MaxTupleAttributeNumber), and stars over stars would double them each time. */
const COLUMNS_MAX = 1_664;

/**
 * A column list renames from the left; what it does not reach keeps its name. Which that is can be told of a
 * table only: USING and NATURAL leave columns out, so elsewhere only the new names are certain.
 */
function renamedColumns(ranges: StatementRanges, source: TreeNode): readonly string[] {
  const renamed =
    source.kind === 'CommonTableExpr' ? nameParts(source, 'aliascolnames') : aliasColumns(source);
  const isTable = source.kind === 'RangeVar' && !isExpression(ranges, source);
  if (renamed.length > 0 && !isTable) return renamed;
  const columns = [...renamed, ...nestedColumns(ranges, source).slice(renamed.length)];
  return columns.length > COLUMNS_MAX ? [] : columns;
}

function common(lists: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = lists;
  return first.filter((name) => others.every((list) => list.includes(name)));
}

function targetColumns(ranges: StatementRanges, target: TreeNode, from: From): readonly string[] {
  const given = textOf(target, 'name');
  if (given !== null) return [given];
  const value = childOf(target, 'val');
  if (value?.kind === 'FuncCall') return nameParts(value, 'funcname').slice(-1);
  if (value?.kind !== 'ColumnRef') return [];
  const parts = nameParts(value, 'fields');
  if (!isStar(value)) return parts.slice(-1);
  const qualifier = parts.at(-1);
  if (qualifier !== undefined) return columnsNamed(ranges, qualifier);
  return from.flatMap((source) => columnsOf(ranges, source));
}

function queryColumns(ranges: StatementRanges, query: TreeNode): readonly string[] {
  const left = childOf(query, 'larg');
  if (left !== null) return queryColumns(ranges, left);
  const rows = listOf(query, 'valuesLists');
  if (rows.length > 0) {
    const width = rows.reduce((widest, row) => Math.max(widest, listOf(row, 'items').length), 0);
    return Array.from({ length: width }, (_, index) => `column${index + 1}`);
  }
  const returning = childOf(query, 'returningClause');
  const targets = returning === null ? listOf(query, 'targetList') : listOf(returning, 'exprs');
  const from = fromOf(query);
  const columns: string[] = [];
  for (const target of targets) {
    columns.push(...targetColumns(ranges, target, from));
    if (columns.length > COLUMNS_MAX) return [];
  }
  return columns;
}

function rangeColumns(ranges: StatementRanges, range: TreeNode): readonly string[] {
  const named = rangeName(range);
  const relations = relationsNamed(ranges.plan, named).map((one) => one.columns.map((column) => column.name));
  const expressions = isExpression(ranges, range) ? (ranges.expressions.get(named.name) ?? []) : [];
  // What the name may mean in some place, it must have in every place.
  return common([...relations, ...expressions.map((expression) => columnsOf(ranges, expression))]);
}

function nestedColumns(ranges: StatementRanges, source: TreeNode): readonly string[] {
  switch (source.kind) {
    case 'RangeVar':
      return rangeColumns(ranges, source);
    case 'RangeSubselect':
    case 'CommonTableExpr': {
      const query = childOf(source, source.kind === 'RangeSubselect' ? 'subquery' : 'ctequery');
      return query === null ? [] : queryColumns(ranges, query);
    }
    case 'JoinExpr':
    case 'RangeTableSample':
      return ['larg', 'rarg', 'relation'].flatMap((field) => {
        const part = childOf(source, field);
        return part === null ? [] : columnsOf(ranges, part);
      });
    default:
      return [];
  }
}

/**
 * The columns that a source has for certain. Fewer than it really has where the text does not tell; never one
 * that it has not.
 */
export function columnsOf(ranges: StatementRanges, source: TreeNode): readonly string[] {
  const known = ranges.columns.get(source.fields);
  if (known !== undefined) return known;
  // An expression that reads itself finds nothing here the second time round.
  ranges.columns.set(source.fields, []);
  const columns = renamedColumns(ranges, source);
  ranges.columns.set(source.fields, columns);
  return columns;
}

/** The columns that whatever has this name before a dot has for certain. */
export function columnsNamed(ranges: StatementRanges, name: string): readonly string[] {
  const known = ranges.named.get(name);
  if (known !== undefined) return known;
  const sources = ranges.sources.get(name) ?? [];
  const columns = common(sources.map((source) => columnsOf(ranges, source)));
  const hasTable = sources.some((source) => source.kind === 'RangeVar');
  const all = hasTable ? [...columns, ...SYSTEM_COLUMNS] : columns;
  ranges.named.set(name, all);
  return all;
}

/**
 * True when `qualifier.name` is a column for certain. It calls a function `name` with the whole row where there is
 * no such column. Of a relation that nobody knows, every name is a column but those of built-in functions.
 */
export function isKnownColumn(
  ranges: StatementRanges,
  reference: { qualifier: string; name: string },
  from: From,
): boolean {
  const { qualifier, name } = reference;
  const sources = ranges.sources.get(qualifier);
  if (sources === undefined) return from.some((source) => columnsOf(ranges, source).includes(name));
  if (columnsNamed(ranges, qualifier).includes(name)) return true;
  const unfamiliar = sources.every((source) => source.kind === 'RangeVar' && isUnfamiliar(ranges, source));
  return unfamiliar && !BUILTIN_FUNCTIONS.has(name);
}
