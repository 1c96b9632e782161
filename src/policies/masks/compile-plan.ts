/**
 * Masks and a snapshot of the target's catalog -> the plan.
 *
 * A mask follows the data where names do not: partitions and inheritance children (and parents, whose scans
 * return the children's rows) keep the mask on columns of the same name; a column of a view or materialized view
 * that a masked column flows into is masked, and all of its columns are where that cannot be followed; so is a
 * column generated from a masked one.
 */

import type { Secret } from '../../core/secret.ts';
import type { CommandApproval } from '../../core/verdict.ts';
import { seatsOf, seatsTogether } from '../access/seats.ts';
import type { TreeNode } from '../analyzers/sql/tree.ts';
import type { Mask } from '../document/schema.ts';
import { matchesPattern } from '../rules/name-pattern.ts';
import { type AppliedMask, appliedMask } from './apply.ts';
import { harmlessFunctions, harmlessNames } from './harmless-functions.ts';
import type {
  CatalogFunction,
  CatalogRelation,
  MaskPlan,
  PlannedNames,
  PlannedRelation,
  WhenFiltered,
} from './plan.ts';
import { masksOfView, viewQuery } from './view-lineage.ts';

export interface PlanInput {
  readonly masks: readonly Mask[];
  readonly catalog: readonly CatalogRelation[];
  readonly functions?: readonly CatalogFunction[];
  /** Columns that had a mask before, under whatever name; see `namedColumns`. */
  readonly pinned?: PinnedColumns;
  /** Null or left out: what should be hashed is redacted. */
  readonly hashKey?: Secret<Buffer> | null;
}

/** By oid and attribute number, which outlive every name: the mask that named the column. */
export type PinnedColumns = ReadonlyMap<string, Mask>;

interface DraftRelation extends PlannedRelation {
  readonly masks: Map<number, AppliedMask>;
  readonly source: CatalogRelation;
}

/** The plan while it is being worked out: masks are only ever added. */
interface Draft {
  readonly relations: readonly DraftRelation[];
  readonly byOid: ReadonlyMap<number, DraftRelation>;
  readonly byName: ReadonlyMap<string, readonly DraftRelation[]>;
  readonly queries: ReadonlyMap<number, TreeNode | null>;
  readonly functions: readonly CatalogFunction[];
  harmless: ReadonlySet<number>;
}

/** What others are doing right now: texts of statements hold values. They are masked wherever anything is. */
const OTHERS_STATEMENTS: ReadonlyMap<string, string> = new Map([
  ['pg_stat_activity', 'query'],
  ['pg_stat_statements', 'query'],
]);
const FILTERS: readonly WhenFiltered[] = ['deny', 'equality', 'review', 'allow'];

let versions = 0;

function openDraft(input: PlanInput, queries: ReadonlyMap<number, TreeNode | null>): Draft {
  const relations = input.catalog.map((source): DraftRelation => {
    const { oid, schema, name } = source;
    const columns = [...source.columns].sort((left, right) => left.attnum - right.attnum);
    const attnums = new Set(columns.map(({ attnum }) => attnum));
    return { oid, schema, name, columns, attnums, masks: new Map(), source };
  });
  const byName = new Map<string, DraftRelation[]>();
  for (const relation of relations) {
    const known = byName.get(relation.name);
    if (known === undefined) byName.set(relation.name, [relation]);
    else known.push(relation);
  }
  const byOid = new Map(relations.map((relation) => [relation.oid, relation]));
  const functions = input.functions ?? [];
  return { relations, byOid, byName, queries, functions, harmless: harmlessFunctions(functions, new Set()) };
}

/** The first mask of the document that names a column decides how it is shown. */
function addMask(relation: DraftRelation, attnum: number, how: AppliedMask): boolean {
  if (relation.masks.has(attnum)) return false;
  relation.masks.set(attnum, how);
  return true;
}

/** Which columns of a catalog the masks of the document name, each with the first that does. */
export function namedColumns(
  masks: readonly Mask[],
  catalog: readonly Pick<CatalogRelation, 'oid' | 'schema' | 'name' | 'columns'>[],
): PinnedColumns {
  const named = new Map<string, Mask>();
  for (const mask of masks) {
    for (const pattern of mask.columns ?? []) {
      const [schema = '', table = '', columnPattern = ''] = pattern.split('.');
      for (const relation of catalog) {
        if (relation.schema === 'pg_catalog') continue;
        if (!matchesPattern({ pattern: schema, text: relation.schema })) continue;
        if (!matchesPattern({ pattern: table, text: relation.name })) continue;
        for (const { attnum, name } of relation.columns) {
          const key = pinOf(relation.oid, attnum);
          if (!named.has(key) && matchesPattern({ pattern: columnPattern, text: name })) named.set(key, mask);
        }
      }
    }
  }
  return named;
}

function pinOf(oid: number, attnum: number): string {
  return `${oid}.${attnum}`;
}

/** Copies masks between two relations along columns of the same name; true when anything was added. */
function copyByName(from: DraftRelation, to: DraftRelation): boolean {
  let changed = false;
  for (const source of from.columns) {
    const how = from.masks.get(source.attnum);
    if (how === undefined) continue;
    const target = to.columns.find((column) => column.name === source.name);
    if (target !== undefined) changed = addMask(to, target.attnum, how) || changed;
  }
  return changed;
}

function followInheritance(draft: Draft, child: DraftRelation): boolean {
  let changed = false;
  for (const oid of child.source.inherits ?? []) {
    const parent = draft.byOid.get(oid);
    if (parent === undefined) continue;
    changed = copyByName(parent, child) || changed;
    changed = copyByName(child, parent) || changed;
  }
  return changed;
}

/** True when nobody can tell what a view brings out. */
function isOpaque(draft: Draft, { source }: DraftRelation): boolean {
  if (source.readsFrom.some(({ oid }) => oid === 0)) return true;
  if ((source.calls ?? []).some((oid) => !draft.harmless.has(oid))) return true;
  return source.definition !== undefined && draft.queries.get(source.oid) === null;
}

function readsMasked(draft: Draft, { source }: DraftRelation): boolean {
  return source.readsFrom.some(({ oid, attnum }) => {
    const masks = draft.byOid.get(oid)?.masks;
    return masks !== undefined && (attnum === null ? masks.size > 0 : masks.has(attnum));
  });
}

/** Null when every column is to be redacted. */
function masksOfDefinition(draft: Draft, relation: DraftRelation): ReadonlyMap<number, AppliedMask> | null {
  if (isOpaque(draft, relation)) return null;
  if (!readsMasked(draft, relation)) return new Map();
  const query = draft.queries.get(relation.oid) ?? null;
  return query === null ? null : masksOfView(namesOf(draft), { relation: relation.source, query });
}

function maskDerived(draft: Draft, relation: DraftRelation): boolean {
  const masks = masksOfDefinition(draft, relation);
  let changed = false;
  for (const { attnum, generatedFrom = [] } of relation.columns) {
    const derived = generatedFrom.some((source) => relation.masks.has(source)) ? 'redact' : undefined;
    const how = masks === null ? 'redact' : (masks.get(attnum) ?? derived);
    if (how !== undefined) changed = addMask(relation, attnum, how) || changed;
  }
  return changed;
}

function namesOf(draft: Draft): PlannedNames {
  const maskedNames = new Set<string>();
  for (const { columns, masks } of draft.relations) {
    if (masks.size > 0) for (const { attnum, name } of columns) if (masks.has(attnum)) maskedNames.add(name);
  }
  return { byName: draft.byName, maskedNames, functions: harmlessNames(draft.functions, draft.harmless) };
}

function maskedRelations(draft: Draft): ReadonlySet<string> {
  return new Set(draft.relations.filter(({ masks }) => masks.size > 0).map(({ name }) => name));
}

/** Repeats until nothing is added. Every round adds at least one column, so it ends. */
function spread(draft: Draft): void {
  for (let changed = maskedRelations(draft).size > 0; changed; ) {
    changed = false;
    draft.harmless = harmlessFunctions(draft.functions, maskedRelations(draft));
    for (const relation of draft.relations) {
      changed = followInheritance(draft, relation) || changed;
      changed = maskDerived(draft, relation) || changed;
    }
  }
}

function maskOthersStatements(draft: Draft): void {
  for (const [name, column] of OTHERS_STATEMENTS) {
    for (const relation of draft.byName.get(name) ?? []) {
      const found = relation.columns.find((one) => one.name === column);
      if (found !== undefined) addMask(relation, found.attnum, 'redact');
    }
  }
}

function draftWith(
  input: PlanInput,
  queries: ReadonlyMap<number, TreeNode | null>,
  filter: WhenFiltered | null,
): Draft {
  const draft = openDraft(input, queries);
  const named = new Map([...(input.pinned ?? []), ...namedColumns(input.masks, input.catalog)]);
  for (const relation of draft.relations) {
    for (const { attnum } of relation.columns) {
      const mask = named.get(pinOf(relation.oid, attnum));
      if (mask === undefined || (filter !== null && (mask.whenFiltered ?? 'deny') !== filter)) continue;
      addMask(relation, attnum, appliedMask(mask.with, input.hashKey ?? null));
    }
  }
  if (filter === 'deny' || (filter === null && maskedRelations(draft).size > 0)) maskOthersStatements(draft);
  spread(draft);
  return draft;
}

/** Who decides when masks disagree: everybody whom any of them names, within the shortest time. */
function reviewOf(masks: readonly Mask[]): CommandApproval | null {
  const approvals = masks.flatMap(({ whenFiltered, approval }) =>
    whenFiltered === 'review' && approval !== undefined ? [approval] : [],
  );
  if (approvals.length === 0) return null;
  const seats = seatsTogether(approvals.flatMap((approval) => seatsOf(approval, null)));
  return { seats, withinMs: Math.min(...approvals.map(({ within }) => within)) };
}

/** Works out the plan from the masks that apply to a resource and a snapshot of its catalog (see `catalog.ts`). */
export function compileMaskPlan(input: PlanInput): MaskPlan {
  const queries = new Map(
    input.catalog.flatMap(({ oid, definition }) =>
      definition === undefined ? [] : [[oid, viewQuery(definition)] as const],
    ),
  );
  const draft = draftWith(input, queries, null);
  const names = namesOf(draft);
  versions += 1;
  return {
    ...names,
    version: versions,
    byOid: draft.byOid,
    byFilter: byFilter(input, queries, names),
    review: reviewOf(input.masks),
  };
}

function byFilter(
  input: PlanInput,
  queries: ReadonlyMap<number, TreeNode | null>,
  all: PlannedNames,
): ReadonlyMap<WhenFiltered, PlannedNames> {
  const used = new Set(input.masks.map((mask) => mask.whenFiltered ?? 'deny'));
  if (all.maskedNames.size === 0) return new Map();
  const [only, ...others] = used;
  if (only === 'deny' && others.length === 0) return new Map([['deny', all]]);
  return new Map(
    FILTERS.filter((filter) => filter === 'deny' || used.has(filter)).map((filter) => [
      filter,
      namesOf(draftWith(input, queries, filter)),
    ]),
  );
}
