/**
 * Masks, worked out once against a snapshot of the target's catalog: which column of which relation is shown
 * how. The relay then only looks numbers up.
 *
 * A mask follows the data where names do not: partitions and inheritance children (and parents, whose scans
 * return the children's rows) keep the mask on columns of the same name; a view or materialized view that
 * reads a masked column, however indirectly, has every column redacted; so has a column generated from one.
 */
import { AppError } from '../../core/errors.ts';
import type { Mask, MaskWith } from '../document/schema.ts';
import { matchesPattern } from '../rules/name-pattern.ts';

export interface CatalogColumn {
  readonly attnum: number;
  readonly name: string;
  /** For a generated column: the attribute numbers that it is computed from. */
  readonly generatedFrom?: readonly number[];
}

/** One table, partition, view, materialized view or foreign table of the target. */
export interface CatalogRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly CatalogColumn[];
  /**
   * What a view's definition reads; `attnum` null for the relation as a whole. Oid 0 stands for something that
   * cannot be followed, such as a function, and counts as masked.
   */
  readonly readsFrom: readonly { readonly oid: number; readonly attnum: number | null }[];
  /** Oids of the parents of a partition or inheritance child. */
  readonly inherits?: readonly number[];
}

export interface PlannedRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** In the order of their attribute numbers. */
  readonly columns: readonly CatalogColumn[];
  /** By attribute number; empty where nothing is masked. */
  readonly masks: ReadonlyMap<number, MaskWith>;
}

export interface MaskPlan {
  readonly byOid: ReadonlyMap<number, PlannedRelation>;
  /** All relations of a name, in whatever schema. */
  readonly byName: ReadonlyMap<string, readonly PlannedRelation[]>;
  /** Every name that a masked column has anywhere; empty when the masks match nothing in this database. */
  readonly maskedNames: ReadonlySet<string>;
}

/** Masks by attribute number, by oid, while the plan is being worked out. */
type Draft = Map<number, Map<number, MaskWith>>;

function draftOf(draft: Draft, oid: number): Map<number, MaskWith> {
  const known = draft.get(oid);
  if (known !== undefined) return known;
  const created = new Map<number, MaskWith>();
  draft.set(oid, created);
  return created;
}

/** The first mask of the document that names a column decides how it is shown. */
function addMask(draft: Draft, column: { oid: number; attnum: number; with: MaskWith }): boolean {
  const masks = draftOf(draft, column.oid);
  if (masks.has(column.attnum)) return false;
  masks.set(column.attnum, column.with);
  return true;
}

function refuseUnavailable(mask: Mask): void {
  if (mask.with === 'hash' || mask.detect !== undefined) {
    const what = mask.with === 'hash' ? 'with: hash' : 'detect';
    throw new AppError(
      'not_available_yet',
      `the mask ${mask.name} uses "${what}", which is not available yet`,
    );
  }
}

function addNamedColumns(draft: Draft, mask: Mask, catalog: readonly CatalogRelation[]): void {
  for (const pattern of mask.columns ?? []) {
    const [schema = '', table = '', columnPattern = ''] = pattern.split('.');
    for (const relation of catalog) {
      if (!matchesPattern({ pattern: schema, text: relation.schema })) continue;
      if (!matchesPattern({ pattern: table, text: relation.name })) continue;
      for (const column of relation.columns) {
        if (!matchesPattern({ pattern: columnPattern, text: column.name })) continue;
        addMask(draft, { oid: relation.oid, attnum: column.attnum, with: mask.with });
      }
    }
  }
}

/** Copies masks between two relations along columns of the same name; true when anything was added. */
function copyByName(draft: Draft, options: { from: CatalogRelation; to: CatalogRelation }): boolean {
  let changed = false;
  for (const source of options.from.columns) {
    const how = draft.get(options.from.oid)?.get(source.attnum);
    const target = options.to.columns.find((column) => column.name === source.name);
    if (how === undefined || target === undefined) continue;
    changed = addMask(draft, { oid: options.to.oid, attnum: target.attnum, with: how }) || changed;
  }
  return changed;
}

function followInheritance(
  draft: Draft,
  child: CatalogRelation,
  byOid: ReadonlyMap<number, CatalogRelation>,
): boolean {
  let changed = false;
  for (const oid of child.inherits ?? []) {
    const parent = byOid.get(oid);
    if (parent === undefined) continue;
    changed = copyByName(draft, { from: parent, to: child }) || changed;
    changed = copyByName(draft, { from: child, to: parent }) || changed;
  }
  return changed;
}

function readsMasked(draft: Draft, relation: CatalogRelation): boolean {
  return relation.readsFrom.some(({ oid, attnum }) => {
    if (oid === 0) return true;
    const masks = draft.get(oid);
    return masks !== undefined && (attnum === null ? masks.size > 0 : masks.has(attnum));
  });
}

function redactDerived(draft: Draft, relation: CatalogRelation): boolean {
  const whole = readsMasked(draft, relation);
  let changed = false;
  for (const column of relation.columns) {
    const sources = column.generatedFrom ?? [];
    const derived = whole || sources.some((attnum) => draft.get(relation.oid)?.has(attnum) === true);
    if (!derived) continue;
    changed = addMask(draft, { oid: relation.oid, attnum: column.attnum, with: 'redact' }) || changed;
  }
  return changed;
}

/** Repeats until nothing is added. Every round adds at least one column, so it ends. */
function spread(draft: Draft, catalog: readonly CatalogRelation[]): void {
  if (draft.size === 0) return;
  const byOid = new Map(catalog.map((relation) => [relation.oid, relation]));
  let changed = true;
  while (changed) {
    changed = false;
    for (const relation of catalog) {
      changed = followInheritance(draft, relation, byOid) || changed;
      changed = redactDerived(draft, relation) || changed;
    }
  }
}

/**
 * Works out the plan from the masks that apply to a resource and a snapshot of its catalog (see `catalog.ts`).
 * Throws `not_available_yet` for what the configuration refuses already: hashing and detectors.
 */
export function compileMaskPlan(input: {
  masks: readonly Mask[];
  catalog: readonly CatalogRelation[];
}): MaskPlan {
  const draft: Draft = new Map();
  for (const mask of input.masks) {
    refuseUnavailable(mask);
    addNamedColumns(draft, mask, input.catalog);
  }
  spread(draft, input.catalog);
  const byOid = new Map<number, PlannedRelation>();
  const byName = new Map<string, PlannedRelation[]>();
  const maskedNames = new Set<string>();
  for (const { oid, schema, name, columns } of input.catalog) {
    const masks = draft.get(oid) ?? new Map<number, MaskWith>();
    const ordered = [...columns].sort((left, right) => left.attnum - right.attnum);
    const planned: PlannedRelation = { oid, schema, name, columns: ordered, masks };
    byOid.set(oid, planned);
    byName.set(name, [...(byName.get(name) ?? []), planned]);
    for (const column of columns) if (masks.has(column.attnum)) maskedNames.add(column.name);
  }
  return { byOid, byName, maskedNames };
}

/** True when no column of this database is masked, so that results may pass untouched. */
export function isEmptyPlan(plan: MaskPlan): boolean {
  return plan.maskedNames.size === 0;
}

/** The relations that a name in a statement can mean; a name without schema can mean any of them. */
export function relationsNamed(
  plan: MaskPlan,
  named: { schema: string | null; name: string },
): readonly PlannedRelation[] {
  const all = plan.byName.get(named.name) ?? [];
  return named.schema === null ? all : all.filter((relation) => relation.schema === named.schema);
}
