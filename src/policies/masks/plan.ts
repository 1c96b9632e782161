/**
 * Masks, worked out once against a snapshot of the target's catalog (see `compile-plan.ts`): which column of
 * which relation is shown how. The relay then only looks numbers up.
 */
import type { Secret } from '../../core/secret.ts';
import type { CommandApproval } from '../../core/verdict.ts';
import type { SqlStatement } from '../analyzers/sql/statement.ts';
import type { Mask, MaskWith } from '../document/schema.ts';

/** A mask with all it takes to apply it: the key of a hash is the deployment's. */
export type AppliedMask = Exclude<MaskWith, 'hash'> | { readonly hashKey: Secret<Buffer> };

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
   * cannot be followed and counts as masked.
   */
  readonly readsFrom: readonly { readonly oid: number; readonly attnum: number | null }[];
  /** Oids of the functions outside `pg_catalog` that a view's definition calls. */
  readonly calls?: readonly number[];
  /** The query of a view or materialized view; null where it cannot be told, or is too long. */
  readonly definition?: string | null;
  /** Oids of the parents of a partition or inheritance child. */
  readonly inherits?: readonly number[];
}

/** A function, procedure or aggregate from outside `pg_catalog`. */
export interface CatalogFunction {
  readonly oid: number;
  readonly name: string;
  /** Part of an extension whose functions compute from their arguments alone. */
  readonly trusted: boolean;
  /** The body, of SQL and PL/pgSQL; null where it cannot be read. */
  readonly source: string | null;
}

export interface PlannedRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** In the order of their attribute numbers. */
  readonly columns: readonly CatalogColumn[];
  readonly attnums: ReadonlySet<number>;
  /** By attribute number; empty where nothing is masked. */
  readonly masks: ReadonlyMap<number, AppliedMask>;
}

export type WhenFiltered = NonNullable<Mask['whenFiltered']>;

/** Relations as names in a statement find them. */
export interface PlannedNames {
  /** All relations of a name, in whatever schema. */
  readonly byName: ReadonlyMap<string, readonly PlannedRelation[]>;
  /** Every name that a masked column has anywhere; empty when the masks match nothing in this database. */
  readonly maskedNames: ReadonlySet<string>;
  /** Functions from outside `pg_catalog` by name: true for one that cannot bring out a masked value. */
  readonly functions: ReadonlyMap<string, boolean>;
}

export interface MaskPlan extends PlannedNames {
  /** Another one as soon as anything in the plan may have changed. */
  readonly version: number;
  readonly byOid: ReadonlyMap<number, PlannedRelation>;
  /** The same catalog with only those masks whose columns may be filtered by in this way; none without masks. */
  readonly byFilter: ReadonlyMap<WhenFiltered, PlannedNames>;
  /** Who decides about a filter on a column whose mask says `review`. */
  readonly review: CommandApproval | null;
  /** Set while nobody can tell what is masked: nothing but the end of the transaction is let through. */
  readonly frozen?: boolean;
  /** What a cursor or a prepared statement of SQL may stand for in this session; null when nobody knows. */
  behindName?(kind: 'portal' | 'statement', name: string): readonly SqlStatement[] | null;
}

/** True when no column of this database is masked, so that results may pass untouched. */
export function isEmptyPlan(plan: PlannedNames): boolean {
  return plan.maskedNames.size === 0;
}

/** The relations that a name in a statement can mean; a name without schema can mean any of them. */
export function relationsNamed(
  plan: PlannedNames,
  named: { schema: string | null; name: string },
): readonly PlannedRelation[] {
  const all = plan.byName.get(named.name) ?? [];
  return named.schema === null ? all : all.filter((relation) => relation.schema === named.schema);
}

/** A copy that can be sent to another thread, where nothing is shown and no key is needed. */
export function withoutKeys(plan: MaskPlan): MaskPlan {
  const { version, maskedNames, functions, review } = plan;
  const byOid = new Map([...plan.byOid].map(([oid, relation]) => [oid, withoutKeysIn(relation)]));
  const byFilter = new Map(
    [...plan.byFilter].map(([filter, names]) => [
      filter,
      { ...names, byName: namesWithoutKeys(names.byName) },
    ]),
  );
  return { version, maskedNames, functions, review, byOid, byFilter, byName: namesWithoutKeys(plan.byName) };
}

function namesWithoutKeys(byName: PlannedNames['byName']): PlannedNames['byName'] {
  return new Map([...byName].map(([name, relations]) => [name, relations.map(withoutKeysIn)]));
}

function withoutKeysIn({ oid, schema, name, columns, attnums, masks }: PlannedRelation): PlannedRelation {
  const keyless = [...masks].map(([attnum, how]): [number, AppliedMask] => [
    attnum,
    typeof how === 'object' && 'hashKey' in how ? 'redact' : how,
  ]);
  return { oid, schema, name, columns, attnums, masks: new Map(keyless) };
}
