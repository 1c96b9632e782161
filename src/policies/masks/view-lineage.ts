/**
 * Which columns of a view are masked, from its definition. Where the definition filters, joins, sorts or groups by
 * a masked column, every row of the view tells something about it, and so does every column.
 */
import { analyzeSql } from '../analyzers/sql/analyze.ts';
import { childOf, listOf, nameParts, type TreeNode } from '../analyzers/sql/tree.ts';
import { type MaskedNames, outputsOf } from './carries.ts';
import { objectionsToQuery } from './column-flow.ts';
import { maskedNamesOf } from './names.ts';
import type { AppliedMask } from './plan.ts';
import { type CatalogRelation, type PlannedNames, relationsNamed } from './plan.ts';
import { aliasColumns, fromOf, isExpression, rangeName } from './ranges.ts';

/** Beyond reading, a view could only call functions, and those are known by their oids. */
const VIEW_EFFECTS: ReadonlySet<string> = new Set(['select', 'call', 'session']);

/** The query of a view; null when it cannot be followed. */
export function viewQuery(definition: string | null | undefined): TreeNode | null {
  if (definition === null || definition === undefined) return null;
  const { statements, parseError } = analyzeSql(definition);
  const [statement, ...others] = statements;
  if (parseError !== null || statement === undefined || others.length > 0) return null;
  if (statement.effects.some((effect) => !VIEW_EFFECTS.has(effect))) return null;
  return statement.tree?.kind === 'SelectStmt' ? statement.tree : null;
}

/** Masks by attribute number; null when every column has to be redacted. */
export function masksOfView(
  plan: PlannedNames,
  view: { readonly relation: CatalogRelation; readonly query: TreeNode },
): ReadonlyMap<number, AppliedMask> | null {
  const { relation, query } = view;
  const names = maskedNamesOf(plan, query);
  if (objectionsToQuery(names, query, 'result').some(({ about }) => about === 'filter')) return null;
  const outputs = outputsOf(names, query);
  const columns = [...relation.columns].sort((left, right) => left.attnum - right.attnum);
  if (outputs.length !== columns.length || outputs.some((output) => output.star)) return null;
  const targets = listOf(query, 'targetList');
  const masks = new Map<number, AppliedMask>();
  columns.forEach(({ attnum }, index) => {
    if (outputs[index]?.carries === null) return;
    masks.set(attnum, maskOfTarget(names, query, targets[index]) ?? 'redact');
  });
  return masks;
}

/** The mask of a target that is a column as it is; null for anything else. */
function maskOfTarget(names: MaskedNames, query: TreeNode, target: TreeNode | undefined): AppliedMask | null {
  const value = target === undefined ? null : childOf(target, 'val');
  if (value?.kind !== 'ColumnRef') return null;
  const source = sourceOf(names, query, value);
  if (source === null || aliasColumns(source).length > 0 || isExpression(names.ranges, source)) return null;
  const [relation, ...others] = relationsNamed(names.ranges.plan, rangeName(source));
  if (relation === undefined || others.length > 0) return null;
  const name = nameParts(value, 'fields').at(-1);
  const column = relation.columns.find((one) => one.name === name);
  return column === undefined ? null : (relation.masks.get(column.attnum) ?? null);
}

/** The one relation that a column can be of. */
function sourceOf(names: MaskedNames, query: TreeNode, reference: TreeNode): TreeNode | null {
  const qualifier = nameParts(reference, 'fields').at(-2);
  const sources = qualifier === undefined ? fromOf(query) : (names.ranges.sources.get(qualifier) ?? []);
  const [source, ...others] = sources;
  return source?.kind === 'RangeVar' && others.length === 0 ? source : null;
}
