/**
 * Which names in a statement may stand for masked data. A masked column keeps its mask in a bare result column,
 * because the server says where it came from; what this follows is where it goes under another name: aliases,
 * column lists, sub-selects, common table expressions, set operations, whole rows.
 *
 * Names are followed, not scopes, and in doubt a name carries: two relations whose columns share a name are
 * told apart only where the text qualifies it.
 */
import { isServerRelation } from '../analyzers/sql/catalog-effects.ts';
import {
  childOf,
  childrenOf,
  flagOf,
  listOf,
  nameParts,
  stringOf,
  type TreeNode,
  textOf,
} from '../analyzers/sql/tree.ts';
import { type MaskPlan, type PlannedRelation, relationsNamed } from './plan.ts';

export interface MaskedNames {
  readonly plan: MaskPlan;
  /** Names of columns and of outputs that may hold masked values. */
  readonly columns: Set<string>;
  /** Alias or relation name -> whether its rows may hold masked values. */
  readonly sources: Map<string, boolean>;
  /** Common table expression -> the same. */
  readonly expressions: Map<string, boolean>;
  /** Set when names can no longer be told apart: every column may hold masked values then. */
  everything: boolean;
}

/** What a FROM clause lists. */
export type From = readonly TreeNode[];

interface Output {
  /** Names by which an outer query can mean it; empty for a star. */
  readonly names: readonly string[];
  readonly star: boolean;
  /** The masked name that it carries. */
  readonly carries: string | null;
}

const ROUNDS_MAX = 50;

/** All nodes of a tree, outer ones first. */
export function* nodesOf(root: TreeNode): Generator<TreeNode> {
  const pending = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    yield node;
    pending.push(...childrenOf(node));
  }
}

function rangeName(range: TreeNode): { schema: string | null; name: string } {
  return { schema: textOf(range, 'schemaname'), name: textOf(range, 'relname') ?? '' };
}

function isExpression(names: MaskedNames, range: TreeNode): boolean {
  const { schema, name } = rangeName(range);
  return schema === null && names.expressions.has(name);
}

function isUnfamiliar(names: MaskedNames, range: TreeNode): boolean {
  const named = rangeName(range);
  if (isExpression(names, range) || isServerRelation(named)) return false;
  return relationsNamed(names.plan, named).length === 0;
}

function rangeCarries(names: MaskedNames, range: TreeNode): boolean {
  const named = rangeName(range);
  if (isExpression(names, range) && names.expressions.get(named.name) === true) return true;
  if (isUnfamiliar(names, range)) return true;
  return relationsNamed(names.plan, named).some((relation) => relation.masks.size > 0);
}

function aliasOf(node: TreeNode): string | null {
  const alias = childOf(node, 'alias');
  return alias === null ? null : textOf(alias, 'aliasname');
}

function aliasColumns(node: TreeNode): readonly string[] {
  const alias = childOf(node, 'alias');
  return alias === null ? [] : nameParts(alias, 'colnames');
}

/** `customers AS c (a, b)` renames by position. */
function addRenamed(names: MaskedNames, renamed: readonly string[], relation: PlannedRelation): void {
  relation.columns.forEach((column, index) => {
    const name = renamed[index];
    if (name !== undefined && relation.masks.has(column.attnum)) names.columns.add(name);
  });
}

function addRange(names: MaskedNames, range: TreeNode): void {
  const named = rangeName(range);
  const renamed = aliasColumns(range);
  for (const relation of relationsNamed(names.plan, named)) {
    for (const { attnum, name } of relation.columns) if (relation.masks.has(attnum)) names.columns.add(name);
    addRenamed(names, renamed, relation);
  }
  const carries = rangeCarries(names, range);
  if (isUnfamiliar(names, range)) for (const name of names.plan.maskedNames) names.columns.add(name);
  if (carries && (isUnfamiliar(names, range) || isExpression(names, range))) {
    for (const name of renamed) names.columns.add(name);
  }
  noteSource(names, aliasOf(range) ?? named.name, carries);
}

function noteSource(names: MaskedNames, name: string | null, carries: boolean): void {
  if (name !== null) names.sources.set(name, carries || names.sources.get(name) === true);
}

/** What may stand in FROM, and whether its rows may hold masked values. */
export function sourceCarries(names: MaskedNames, source: TreeNode): boolean {
  switch (source.kind) {
    case 'RangeVar':
      return rangeCarries(names, source);
    case 'RangeSubselect': {
      const query = childOf(source, 'subquery');
      return query !== null && queryCarries(names, query) !== null;
    }
    case 'JoinExpr':
      return ['larg', 'rarg'].some((side) => {
        const child = childOf(source, side);
        return child !== null && sourceCarries(names, child);
      });
    case 'RangeTableSample': {
      const relation = childOf(source, 'relation');
      return relation === null || sourceCarries(names, relation);
    }
    default:
      return false;
  }
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

/** A star over a table names its masked columns; over anything else that carries, the star itself. */
function starCarries(names: MaskedNames, parts: readonly string[], from: From): string | null {
  const qualifier = parts.at(-1);
  const carries =
    qualifier === undefined
      ? from.some((source) => sourceCarries(names, source))
      : (names.sources.get(qualifier) ?? true);
  return carries ? [...parts, '*'].join('.') : null;
}

/** True when a name without qualifier is a column of what this FROM lists, all of which is free of masks. */
function isFoundInClean(names: MaskedNames, name: string, from: From): boolean {
  if (from.some((source) => sourceCarries(names, source))) return false;
  return from.some((source) => {
    if (source.kind !== 'RangeVar' || isExpression(names, source) || aliasColumns(source).length > 0)
      return false;
    const relations = relationsNamed(names.plan, rangeName(source));
    return (
      relations.length > 0 && relations.every((one) => one.columns.some((column) => column.name === name))
    );
  });
}

/** The masked name that a column reference means; null when it means none. */
function columnCarries(names: MaskedNames, reference: TreeNode, from: From): string | null {
  const fields = listOf(reference, 'fields');
  const parts = fields.map(stringOf).filter((part) => part !== null);
  if (fields.at(-1)?.kind === 'A_Star') return starCarries(names, parts, from);
  const name = parts.at(-1) ?? '';
  const qualifier = parts.at(-2);
  // A name alone may be a column or, when a relation is called so, its whole row.
  if (qualifier === undefined && names.sources.get(name) === true) return name;
  if (qualifier !== undefined && names.sources.get(qualifier) === false) return null;
  if (qualifier === undefined && !names.everything && isFoundInClean(names, name, from)) return null;
  // The values that an INSERT proposed are the client's own.
  if (qualifier === 'excluded' && !names.sources.has('excluded')) return null;
  return names.everything || names.columns.has(name) ? name : null;
}

/** `count(x)` says how many values there are, not what they are; with DISTINCT it says which are the same. */
export function isPlainCount(call: TreeNode): boolean {
  const name = nameParts(call, 'funcname');
  const bare = ['agg_filter', 'over'].every((field) => childOf(call, field) === null);
  const plain = bare && !flagOf(call, 'agg_distinct') && listOf(call, 'agg_order').length === 0;
  return plain && name.at(-1) === 'count' && (name.length === 1 || name[0] === 'pg_catalog');
}

/** The first masked name whose value an expression takes in; null when it takes in none. */
export function carriedBy(names: MaskedNames, node: TreeNode, from: From): string | null {
  if (node.kind === 'ColumnRef') return columnCarries(names, node, from);
  if (node.kind === 'FuncCall' && isPlainCount(node)) return null;
  if (node.kind === 'SubLink') return sublinkCarries(names, node, from);
  if (node.kind === 'SelectStmt') return queryCarries(names, node);
  if (node.kind === 'A_Indirection') {
    const selected = listOf(node, 'indirection').map(stringOf);
    const found = selected.find((name) => name !== null && names.columns.has(name));
    if (found !== undefined) return found;
  }
  for (const child of childrenOf(node)) {
    const carried = carriedBy(names, child, from);
    if (carried !== null) return carried;
  }
  return null;
}

function sublinkCarries(names: MaskedNames, link: TreeNode, from: From): string | null {
  const test = childOf(link, 'testexpr');
  const tested = test === null ? null : carriedBy(names, test, from);
  if (tested !== null) return tested;
  const query = childOf(link, 'subselect');
  // EXISTS looks at whether there are rows; their columns are never worked out.
  if (query === null || textOf(link, 'subLinkType') === 'EXISTS_SUBLINK') return null;
  return queryCarries(names, query);
}

/** The first masked name among the outputs of a query. */
export function queryCarries(names: MaskedNames, query: TreeNode): string | null {
  return outputsOf(names, query).find((output) => output.carries !== null)?.carries ?? null;
}

const FIXED_NAMES: readonly string[] = `?column? case coalesce array row exists greatest least nullif grouping
  xmlconcat xmlelement xmlforest xmlparse xmlpi xmlroot xmlserialize json json_object json_array json_objectagg
  json_arrayagg json_scalar json_serialize json_exists json_query json_value`.split(/\s+/);

/** Names that PostgreSQL may give to an output that has none of its own; more than it would, never fewer. */
function impliedNames(names: MaskedNames, expression: TreeNode | null): readonly string[] {
  if (expression === null) return FIXED_NAMES;
  switch (expression.kind) {
    case 'ColumnRef':
      return nameParts(expression, 'fields').slice(-1);
    case 'FuncCall':
      return nameParts(expression, 'funcname').slice(-1);
    case 'CollateClause':
      return impliedNames(names, childOf(expression, 'arg'));
    case 'A_Indirection':
      return [...nameParts(expression, 'indirection'), ...impliedNames(names, childOf(expression, 'arg'))];
    case 'TypeCast': {
      const type = childOf(expression, 'typeName');
      const typeNames = type === null ? [] : nameParts(type, 'names').slice(-1);
      return [...typeNames, ...impliedNames(names, childOf(expression, 'arg'))];
    }
    case 'CaseExpr':
      return [...FIXED_NAMES, ...impliedNames(names, childOf(expression, 'defresult'))];
    case 'SubLink': {
      const query = childOf(expression, 'subselect');
      return [...FIXED_NAMES, ...(query === null ? [] : outputsOf(names, query).flatMap((one) => one.names))];
    }
    default:
      return FIXED_NAMES;
  }
}

function outputOf(names: MaskedNames, target: TreeNode, from: From): Output {
  const value = childOf(target, 'val');
  if (value === null) return { names: [], star: false, carries: null };
  const carries = carriedBy(names, value, from);
  if (value.kind === 'ColumnRef' && listOf(value, 'fields').at(-1)?.kind === 'A_Star') {
    return { names: [], star: true, carries };
  }
  const given = textOf(target, 'name');
  return { names: given === null ? impliedNames(names, value) : [given], star: false, carries };
}

function valuesOutputs(names: MaskedNames, lists: readonly TreeNode[]): readonly Output[] {
  const rows = lists.map((list) => listOf(list, 'items'));
  const width = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: width }, (_, index): Output => {
    const carried = rows.map((row) => {
      const value = row[index];
      return value === undefined ? null : carriedBy(names, value, []);
    });
    return {
      names: [`column${index + 1}`],
      star: false,
      carries: carried.find((name) => name !== null) ?? null,
    };
  });
}

/** A set operation goes by position and takes its names from the left; a star hides which position is which. */
function unionOutputs(left: readonly Output[], right: readonly Output[]): readonly Output[] {
  const carried = [...left, ...right].find((output) => output.carries !== null)?.carries ?? null;
  if (carried !== null && [...left, ...right].some((output) => output.star)) {
    return left.map((output) => ({ ...output, carries: carried }));
  }
  return left.map((output, index) => ({
    ...output,
    carries: output.carries ?? right[index]?.carries ?? null,
  }));
}

/** What a query gives to whoever reads it. */
export function outputsOf(names: MaskedNames, query: TreeNode): readonly Output[] {
  const returning = childOf(query, 'returningClause');
  if (returning !== null) {
    return listOf(returning, 'exprs').map((target) => outputOf(names, target, fromOf(query)));
  }
  if (query.kind !== 'SelectStmt') return [];
  const [left, right] = [childOf(query, 'larg'), childOf(query, 'rarg')];
  if (left !== null && right !== null) return unionOutputs(outputsOf(names, left), outputsOf(names, right));
  const lists = listOf(query, 'valuesLists');
  if (lists.length > 0) return valuesOutputs(names, lists);
  return listOf(query, 'targetList').map((target) => outputOf(names, target, fromOf(query)));
}

function isSetOperation(query: TreeNode): boolean {
  return childOf(query, 'larg') !== null;
}

/** Adds the names under which the outputs of a nested query go on; `renamed` is its column list. */
function addOutputs(names: MaskedNames, query: TreeNode, renamed: readonly string[]): boolean {
  const outputs = outputsOf(names, query);
  const carries = outputs.some((output) => output.carries !== null);
  if (!carries) return false;
  const star = outputs.some((output) => output.star);
  // Behind a star, positions are not known: any name of the list may be the masked one.
  if (star) for (const name of renamed) names.columns.add(name);
  if (star && isSetOperation(query)) names.everything = true;
  outputs.forEach((output, index) => {
    if (output.carries === null) return;
    for (const name of output.names) names.columns.add(name);
    const renamedTo = renamed[index];
    if (renamedTo !== undefined) names.columns.add(renamedTo);
  });
  return true;
}

function addNode(names: MaskedNames, node: TreeNode): void {
  switch (node.kind) {
    case 'RangeVar':
      addRange(names, node);
      return;
    case 'CommonTableExpr': {
      const query = childOf(node, 'ctequery');
      const carries = query !== null && addOutputs(names, query, nameParts(node, 'aliascolnames'));
      const name = textOf(node, 'ctename') ?? '';
      names.expressions.set(name, carries || names.expressions.get(name) === true);
      return;
    }
    case 'RangeSubselect': {
      const query = childOf(node, 'subquery');
      const carries = query !== null && addOutputs(names, query, aliasColumns(node));
      noteSource(names, aliasOf(node), carries);
      return;
    }
    case 'JoinExpr': {
      const carries = sourceCarries(names, node);
      if (carries) for (const name of aliasColumns(node)) names.columns.add(name);
      noteSource(names, aliasOf(node), carries);
      return;
    }
    case 'SelectStmt':
      // ORDER BY and GROUP BY may mean an output by its name.
      for (const output of outputsOf(names, node)) {
        if (output.carries !== null) for (const name of output.names) names.columns.add(name);
      }
      return;
    default:
      return;
  }
}

function sizeOf(names: MaskedNames): string {
  const carrying = [...names.sources.values(), ...names.expressions.values()].filter(Boolean).length;
  return `${names.columns.size} ${names.sources.size} ${carrying} ${names.everything}`;
}

/** Everything but the names of relations that the statement is about to create: nothing is in those yet. */
function knownNodesOf(tree: TreeNode): readonly TreeNode[] {
  const nodes = [...nodesOf(tree)];
  const created = new Set(
    nodes.map((node) => {
      if (node.kind === 'IntoClause') return childOf(node, 'rel')?.fields;
      return node.kind === 'ViewStmt' ? childOf(node, 'view')?.fields : undefined;
    }),
  );
  return nodes.filter((node) => !created.has(node.fields));
}

/**
 * Works out the names of a statement, round after round until nothing is added. Should that take too long, every
 * name counts as masked.
 */
export function maskedNamesOf(plan: MaskPlan, tree: TreeNode): MaskedNames {
  const names: MaskedNames = {
    plan,
    columns: new Set(),
    sources: new Map(),
    expressions: new Map(),
    everything: false,
  };
  const nodes = knownNodesOf(tree);
  for (const node of nodes) {
    if (node.kind === 'CommonTableExpr') names.expressions.set(textOf(node, 'ctename') ?? '', false);
  }
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const before = sizeOf(names);
    for (const node of nodes) addNode(names, node);
    if (sizeOf(names) === before) return names;
  }
  names.everything = true;
  return names;
}
