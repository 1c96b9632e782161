/** What a statement writes into masked columns: a mask that went back there would replace the original. */
import { childOf, listOf, numberOf, type TreeNode, textOf } from '../analyzers/sql/tree.ts';
import type { MaskedNames } from './carries.ts';
import type { AppliedMask } from './plan.ts';
import { type PlannedNames, type PlannedRelation, relationsNamed } from './plan.ts';
import { nodesOf, rangeName } from './ranges.ts';

/** The masks of the column in whatever relations a target can be. */
export function masksOfTarget(
  names: MaskedNames,
  target: TreeNode | null,
  column: string,
): readonly AppliedMask[] {
  return target === null ? [] : masksIn(relationsAt(names.ranges.plan, target), column);
}

function relationsAt(plan: PlannedNames, target: TreeNode): readonly PlannedRelation[] {
  return relationsNamed(plan, rangeName(target));
}

function masksIn(relations: readonly PlannedRelation[], column: string): readonly AppliedMask[] {
  return relations.flatMap(({ columns, masks }) => {
    const found = columns.find(({ name }) => name === column);
    const how = found === undefined ? undefined : masks.get(found.attnum);
    return how === undefined ? [] : [how];
  });
}

/** The value of an assignment, also of `SET (a, b) = (1, 2)`. */
export function assignedValue(target: TreeNode): TreeNode | null {
  const value = childOf(target, 'val');
  if (value?.kind !== 'MultiAssignRef') return value;
  const row = childOf(value, 'source');
  return row?.kind === 'RowExpr' ? (listOf(row, 'args')[(numberOf(value, 'colno') ?? 1) - 1] ?? null) : null;
}

interface InsertedColumn {
  readonly values: readonly TreeNode[];
  readonly masks: readonly AppliedMask[];
}

/** The masked columns of an INSERT with the values that go into them, as far as they are written out. */
export function insertedColumns(names: MaskedNames, query: TreeNode): readonly InsertedColumn[] {
  return inserted(names.ranges.plan, query);
}

function inserted(plan: PlannedNames, query: TreeNode): readonly InsertedColumn[] {
  const target = childOf(query, 'relation');
  const source = childOf(query, 'selectStmt');
  if (target === null || source === null) return [];
  const relations = relationsAt(plan, target);
  const listed = listOf(query, 'cols').map((column) => textOf(column, 'name') ?? '');
  const columns = listed.length > 0 ? listed : (relations[0]?.columns.map(({ name }) => name) ?? []);
  const rows = listOf(source, 'valuesLists').map((row) => listOf(row, 'items'));
  const selected = listOf(source, 'targetList').map((entry) => childOf(entry, 'val'));
  return columns.flatMap((name, index) => {
    const masks = masksIn(relations, name);
    const values = [...rows.map((row) => row[index]), selected[index]].filter(
      (value) => value !== undefined && value !== null,
    );
    return masks.length === 0 || values.length === 0 ? [] : [{ values, masks }];
  });
}

/** A parameter that goes into a masked column as it is. */
export interface MaskedParameter {
  /** Counts from 1, as in `$1`. */
  readonly number: number;
  readonly masks: readonly AppliedMask[];
  /** The column has a value already, so that NULL would replace it too. */
  readonly replaces: boolean;
}

function parameterIn(value: TreeNode | null): number | null {
  if (value?.kind === 'TypeCast') return parameterIn(childOf(value, 'arg'));
  return value?.kind === 'ParamRef' ? (numberOf(value, 'number') ?? null) : null;
}

function assigned(plan: PlannedNames, query: TreeNode, target: TreeNode | null): readonly MaskedParameter[] {
  if (target === null) return [];
  const relations = relationsAt(plan, target);
  return listOf(query, 'targetList').flatMap((entry) => {
    const number = parameterIn(assignedValue(entry));
    const masks = masksIn(relations, textOf(entry, 'name') ?? '');
    return number === null || masks.length === 0 ? [] : [{ number, masks, replaces: true }];
  });
}

function parametersIn(plan: PlannedNames, query: TreeNode): readonly MaskedParameter[] {
  const target = childOf(query, 'relation');
  switch (query.kind) {
    case 'UpdateStmt':
      return assigned(plan, query, target);
    case 'MergeStmt':
      return listOf(query, 'mergeWhenClauses').flatMap((clause) => assigned(plan, clause, target));
    case 'InsertStmt': {
      const conflict = childOf(query, 'onConflictClause');
      const values = inserted(plan, query).flatMap(({ values, masks }) =>
        values.flatMap((value) => {
          const number = parameterIn(value);
          return number === null ? [] : [{ number, masks, replaces: false }];
        }),
      );
      return [...values, ...(conflict === null ? [] : assigned(plan, conflict, target))];
    }
    default:
      return [];
  }
}

/** The parameters of a statement that go into masked columns, wherever in it the write is. */
export function maskedParameters(plan: PlannedNames, tree: TreeNode): readonly MaskedParameter[] {
  return [...nodesOf(tree)].flatMap((node) => parametersIn(plan, node));
}
