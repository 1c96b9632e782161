/**
 * Works out which names in a statement may stand for masked data. A masked column keeps its mask in a bare
 * result column, because the server says where it came from; what this follows is where it goes under another
 * name: aliases, column lists, sub-selects, common table expressions, set operations, whole rows.
 */
import { childOf, nameParts, type TreeNode, textOf } from '../analyzers/sql/tree.ts';
import { type MaskedNames, nothingKnown, outputsOf, rangeCarries, sourceCarries } from './carries.ts';
import { type PlannedNames, type PlannedRelation, relationsNamed } from './plan.ts';
import {
  aliasColumns,
  aliasOf,
  isExpression,
  isUnfamiliar,
  nodesOf,
  rangeName,
  rangesOf,
  returningNames,
} from './ranges.ts';

const ROUNDS_MAX = 50;
/** Nodes looked at in all rounds; a large statement that needs many rounds is not one that a person wrote. */
const VISITS_MAX = 500_000;

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
  for (const relation of relationsNamed(names.ranges.plan, named)) {
    for (const { attnum, name } of relation.columns) if (relation.masks.has(attnum)) names.columns.add(name);
    addRenamed(names, renamed, relation);
  }
  const carries = rangeCarries(names, range);
  if (isUnfamiliar(names.ranges, range))
    for (const name of names.ranges.plan.maskedNames) names.columns.add(name);
  if (carries && (isUnfamiliar(names.ranges, range) || isExpression(names.ranges, range))) {
    for (const name of renamed) names.columns.add(name);
  }
  noteSource(names, aliasOf(range) ?? named.name, carries);
}

function noteSource(names: MaskedNames, name: string | null, carries: boolean): void {
  if (name !== null) names.sources.set(name, carries || names.sources.get(name) === true);
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
    case 'RangeFunction': {
      const carries = sourceCarries(names, node);
      // Of what the target's own code returns, nobody knows the names.
      if (carries) names.everything = true;
      noteSource(names, aliasOf(node) ?? calledFirst(node), carries);
      return;
    }
    case 'SelectStmt':
      // ORDER BY and GROUP BY may mean an output by its name.
      for (const output of outputsOf(names, node)) {
        if (output.carries !== null) for (const name of output.names) names.columns.add(name);
      }
      return;
    default:
      addTargetNames(names, node);
  }
}

/** Without an alias, a function in FROM is known by its own name. */
function calledFirst(source: TreeNode): string | null {
  for (const node of nodesOf(source))
    if (node.kind === 'FuncCall') return nameParts(node, 'funcname').at(-1) ?? null;
  return null;
}

/** The other names of a row that a statement changes. What an INSERT proposed is the client's own. */
function addTargetNames(names: MaskedNames, query: TreeNode): void {
  const target = childOf(query, 'relation');
  if (target?.kind !== 'RangeVar') return;
  for (const name of returningNames(query)) noteSource(names, name, rangeCarries(names, target));
  if (childOf(query, 'onConflictClause') !== null) noteSource(names, 'excluded', false);
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

/** By the relations of a plan, then by the fields of a statement: a statement is asked about several times. */
const worked = new WeakMap<object, WeakMap<object, MaskedNames>>();

/**
 * Works out the names of a statement, round after round until nothing is added. Should that take too long, every
 * name counts as masked.
 */
export function maskedNamesOf(plan: PlannedNames, tree: TreeNode): MaskedNames {
  let ofPlan = worked.get(plan.maskedNames);
  if (ofPlan === undefined) {
    ofPlan = new WeakMap();
    worked.set(plan.maskedNames, ofPlan);
  }
  const known = ofPlan.get(tree.fields);
  if (known !== undefined) return known;
  const { byName, maskedNames, functions } = plan;
  const names = workOutNames({ byName, maskedNames, functions }, tree);
  ofPlan.set(tree.fields, names);
  return names;
}

function workOutNames(plan: PlannedNames, tree: TreeNode): MaskedNames {
  const nodes = knownNodesOf(tree);
  const names: MaskedNames = {
    ranges: rangesOf(plan, nodes),
    columns: new Set(),
    sources: new Map(),
    expressions: new Map(),
    everything: false,
    known: nothingKnown(),
  };
  const rounds = Math.min(ROUNDS_MAX, Math.max(3, Math.floor(VISITS_MAX / nodes.length)));
  for (let round = 0; round < rounds; round += 1) {
    const before = sizeOf(names);
    names.known = nothingKnown();
    for (const node of nodes) addNode(names, node);
    if (sizeOf(names) === before) return names;
  }
  names.everything = true;
  names.known = nothingKnown();
  return names;
}
