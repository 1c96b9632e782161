/**
 * Which masked values an expression, a query or a source takes in. Names are followed, not scopes, and in doubt
 * a name carries: two relations whose columns share a name are told apart only where the text qualifies it.
 */
import type { Effect } from '../../core/statement.ts';
import { BUILTIN_FUNCTIONS } from '../analyzers/sql/builtin-names.ts';
import { effectOfBuiltin } from '../analyzers/sql/function-effects.ts';
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
import { relationsNamed } from './plan.ts';
import {
  columnsOf,
  type From,
  fromOf,
  isExpression,
  isKnownColumn,
  isStar,
  isUnfamiliar,
  nodesOf,
  rangeName,
  type StatementRanges,
} from './ranges.ts';

/**
 * What was worked out already. Without it, stars over stars would take exponential time, and many columns of
 * many relations their product.
 */
export interface KnownSoFar {
  /** By the fields of the query. */
  readonly outputs: WeakMap<object, readonly Output[]>;
  readonly sources: WeakMap<From, FromFacts>;
}

interface FromFacts {
  readonly carries: boolean;
  /** The columns that its sources have for certain. */
  readonly columns: ReadonlySet<string>;
}

export function nothingKnown(): KnownSoFar {
  return { outputs: new WeakMap(), sources: new WeakMap() };
}

/** Which names in a statement may stand for masked data. */
export interface MaskedNames {
  readonly ranges: StatementRanges;
  /** Names of columns and of outputs that may hold masked values. */
  readonly columns: Set<string>;
  /** Name before a dot -> whether the rows behind it may hold masked values. */
  readonly sources: Map<string, boolean>;
  /** Common table expression -> the same. */
  readonly expressions: Map<string, boolean>;
  /** Set when names can no longer be told apart: every column may hold masked values then. */
  everything: boolean;
  /** Forgotten when a name was added. */
  known: KnownSoFar;
}

/** One column of what a query gives to whoever reads it. */
export interface Output {
  /** Names by which an outer query can mean it; empty for a star. */
  readonly names: readonly string[];
  readonly star: boolean;
  /** The masked name that it carries. */
  readonly carries: string | null;
}

/** True when the rows of a named relation or expression may hold masked values. */
export function rangeCarries(names: MaskedNames, range: TreeNode): boolean {
  const named = rangeName(range);
  if (isExpression(names.ranges, range) && names.expressions.get(named.name) === true) return true;
  if (isUnfamiliar(names.ranges, range)) return true;
  return relationsNamed(names.ranges.plan, named).some((relation) => relation.masks.size > 0);
}

/** Effects of functions and statements that could bring out anything. */
export const UNSEEN_EFFECTS: ReadonlySet<Effect> = new Set([
  'do',
  'role-admin',
  'server-file',
  'copy-program',
  'unknown',
]);

/** True for a name by which nothing but a function of PostgreSQL's own can be called. */
export function isServerFunction(names: MaskedNames, parts: readonly string[]): boolean {
  const name = parts.at(-1) ?? '';
  const schema = parts.at(-2) ?? null;
  if (!BUILTIN_FUNCTIONS.has(name)) return schema === 'information_schema';
  return schema === 'pg_catalog' || (schema === null && !names.ranges.plan.functions.has(name));
}

/** True for the name of a function that may bring out masked values. */
export function isUnclearFunction(names: MaskedNames, name: string): boolean {
  const known = names.ranges.plan.functions.get(name);
  return known === undefined ? readsUnseen(name) : !known;
}

/** Of PostgreSQL's own, those that run what a text names, or read files or the write-ahead log. */
function readsUnseen(name: string): boolean {
  return UNSEEN_EFFECTS.has(effectOfBuiltin(name) ?? 'select');
}

/** A call of the target's own code, which may read what it likes. */
function callCarries(names: MaskedNames, call: TreeNode): string | null {
  const parts = nameParts(call, 'funcname');
  const name = parts.at(-1) ?? '';
  if (isServerFunction(names, parts)) return readsUnseen(name) ? `${name}()` : null;
  return names.ranges.plan.functions.get(name) === true ? null : `${name}()`;
}

/** True for a call of the target's own code that may bring out masked values. */
export function isUnclearCall(names: MaskedNames, call: TreeNode): boolean {
  return callCarries(names, call) !== null;
}

/** Functions in FROM, `ROWS FROM` included. */
function functionsCarry(names: MaskedNames, source: TreeNode): boolean {
  return [...nodesOf(source)].some((node) => node.kind === 'FuncCall' && callCarries(names, node) !== null);
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
    case 'RangeFunction':
      return functionsCarry(names, source);
    default:
      return false;
  }
}

function factsOf(names: MaskedNames, from: From): FromFacts {
  const known = names.known.sources.get(from);
  if (known !== undefined) return known;
  const facts = {
    carries: from.some((source) => sourceCarries(names, source)),
    columns: new Set(from.flatMap((source) => columnsOf(names.ranges, source))),
  };
  names.known.sources.set(from, facts);
  return facts;
}

/** A star over a table names its masked columns; over anything else that carries, the star itself. */
function starCarries(names: MaskedNames, parts: readonly string[], from: From): string | null {
  const qualifier = parts.at(-1);
  const carries =
    qualifier === undefined ? factsOf(names, from).carries : (names.sources.get(qualifier) ?? true);
  return carries ? [...parts, '*'].join('.') : null;
}

/** True when a name without qualifier is a column of what this FROM lists, all of which is free of masks. */
function isFoundInClean(names: MaskedNames, name: string, from: From): boolean {
  const { carries, columns } = factsOf(names, from);
  return !carries && columns.has(name);
}

function qualifiedCarries(
  names: MaskedNames,
  reference: { qualifier: string; name: string },
  from: From,
): boolean {
  const { qualifier, name } = reference;
  if (isUnclearFunction(names, name) && !isKnownColumn(names.ranges, reference, from)) return true;
  if (names.sources.get(qualifier) === false) return false;
  return names.everything || names.columns.has(name) || !isKnownColumn(names.ranges, reference, from);
}

/** The masked name that a column reference means; null when it means none. */
function columnCarries(names: MaskedNames, reference: TreeNode, from: From): string | null {
  const parts = listOf(reference, 'fields')
    .map(stringOf)
    .filter((part) => part !== null);
  if (isStar(reference)) return starCarries(names, parts, from);
  const name = parts.at(-1) ?? '';
  const qualifier = parts.at(-2);
  if (qualifier !== undefined) return qualifiedCarries(names, { qualifier, name }, from) ? name : null;
  // A name alone may be a column or, when a relation is called so, its whole row.
  if (names.sources.get(name) === true) return name;
  if (names.everything) return name;
  return names.columns.has(name) && !isFoundInClean(names, name, from) ? name : null;
}

/** True for a column that the sources of this FROM have for certain, by its own name. */
export function isPlainColumn(names: MaskedNames, reference: TreeNode, from: From): boolean {
  if (reference.kind !== 'ColumnRef') return false;
  if (isStar(reference)) return true;
  const name = nameParts(reference, 'fields').at(-1) ?? '';
  return factsOf(names, from).columns.has(name);
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
  if (node.kind === 'FuncCall') {
    const unclear = callCarries(names, node);
    if (unclear !== null || isPlainCount(node)) return unclear;
  }
  if (node.kind === 'SubLink') return sublinkCarries(names, node, from);
  if (node.kind === 'SelectStmt') return queryCarries(names, node);
  if (node.kind === 'A_Indirection') {
    const selected = listOf(node, 'indirection').map(stringOf);
    const found = selected.find(
      (name) => name !== null && (names.columns.has(name) || isUnclearFunction(names, name)),
    );
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
  if (isStar(value)) {
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
  const known = names.known.outputs.get(query.fields);
  if (known !== undefined) return known;
  const outputs = workOutOutputs(names, query);
  names.known.outputs.set(query.fields, outputs);
  return outputs;
}

function workOutOutputs(names: MaskedNames, query: TreeNode): readonly Output[] {
  const returning = childOf(query, 'returningClause');
  const from = fromOf(query);
  if (returning !== null) return listOf(returning, 'exprs').map((target) => outputOf(names, target, from));
  if (query.kind !== 'SelectStmt') return [];
  const [left, right] = [childOf(query, 'larg'), childOf(query, 'rarg')];
  if (left !== null && right !== null) return unionOutputs(outputsOf(names, left), outputsOf(names, right));
  const lists = listOf(query, 'valuesLists');
  if (lists.length > 0) return valuesOutputs(names, lists);
  return listOf(query, 'targetList').map((target) => outputOf(names, target, from));
}
