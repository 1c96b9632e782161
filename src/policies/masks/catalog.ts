/** How the snapshot of the target's catalog is asked for, and how its rows become `CatalogRelation`s. */
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import type { CatalogFunction, CatalogRelation } from './plan.ts';

/** PostgreSQL gives its own relations oids below this. */
const FIRST_USER_OID = 16384;

/** A longer definition or body is not followed: whatever has it counts as masked. */
const SOURCE_CHARACTERS_MAX = 50_000;

/**
 * One row per relation, readable by any role: `oid`, `schema`, `name`, `is_view`, and as JSON `columns`,
 * `reads_from`, `calls`, `inherits`. A view that reads statistics, which hold values
 * of columns, reads from oid 0: nobody can tell what. Beside a plain column the dependency of a whole row
 * (varattno 0) is not kept by PostgreSQL, so a view with one reads all of every relation it names.
 */
export const CATALOG_QUERY = `
select c.oid::int8::text as oid, n.nspname::text as schema, c.relname::text as name,
  coalesce((
    select json_agg(json_build_object('attnum', a.attnum, 'name', a.attname, 'generatedFrom', coalesce((
        select json_agg(d.refobjsubid) from pg_catalog.pg_depend d
        where a.attgenerated <> '' and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
          and d.refobjid = c.oid and d.refobjsubid > 0 and d.refobjsubid <> a.attnum
          -- Up to PostgreSQL 14 the column depends on the others, since then its expression does.
          and (d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.objsubid = a.attnum
            or d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and d.objid = (
              select e.oid from pg_catalog.pg_attrdef e where e.adrelid = c.oid and e.adnum = a.attnum))
        ), '[]'::json)) order by a.attnum)
    from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  ), '[]'::json)::text as columns,
  coalesce((
    select json_agg(distinct jsonb_build_object(
      'oid', case when s.relname in ('pg_stats', 'pg_stats_ext', 'pg_stats_ext_exprs') then 0
                  else d.refobjid::int8 end,
      'attnum', case when r.ev_action::text like '%:varattno 0 %' then null else nullif(d.refobjsubid, 0) end))
    from pg_catalog.pg_rewrite r
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = r.oid
    left join pg_catalog.pg_class s
      on d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and s.oid = d.refobjid and s.oid < 16384
    where r.ev_class = c.oid and d.refobjid <> c.oid and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
  ), '[]'::json)::text as reads_from,
  coalesce((
    select json_agg(distinct d.refobjid::int8)
    from pg_catalog.pg_rewrite r
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = r.oid
    where r.ev_class = c.oid and d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
  ), '[]'::json)::text as calls,
  c.relkind in ('v', 'm') as is_view,
  coalesce((
    select json_agg(i.inhparent::int8) from pg_catalog.pg_inherits i where i.inhrelid = c.oid
  ), '[]'::json)::text as inherits
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and (n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
       or n.nspname = 'pg_catalog' and c.relname = 'pg_stat_activity')
order by c.oid`;

/**
 * One row per view: `oid` and `definition`, null where it is too long. With nothing in the search_path all names in
 * it have their schema. It waits for whoever locks a relation that a view reads.
 */
export const DEFINITION_QUERY = `
select c.oid::int8::text as oid,
  pg_catalog.left(pg_catalog.pg_get_viewdef(c.oid), ${SOURCE_CHARACTERS_MAX + 1}) as definition
from pg_catalog.pg_class c where c.relkind in ('v', 'm') and c.oid >= ${FIRST_USER_OID}`;

/** Functions whose results depend on nothing but their arguments, whatever they are declared as. */
const COMPUTING_EXTENSIONS =
  `btree_gin btree_gist citext cube earthdistance fuzzystrmatch hstore intarray isn ltree
  pg_trgm pgcrypto unaccent uuid-ossp vector`
    .split(/\s+/)
    .map((name) => `'${name}'`)
    .join(', ');

/**
 * One row per function from outside `pg_catalog`: `oid`, `name`, `trusted`, and the `source` of those in SQL and
 * PL/pgSQL, else null.
 */
export const FUNCTION_QUERY = `
select p.oid::int8::text as oid, p.proname::text as name,
  (p.prokind <> 'a' and l.lanname = 'c' and exists (
    select from pg_catalog.pg_depend d join pg_catalog.pg_extension e on e.oid = d.refobjid
    where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e'
      and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      and (p.provolatile = 'i' or e.extname in (${COMPUTING_EXTENSIONS})))) as trusted,
  case when l.lanname in ('sql', 'plpgsql') and p.prokind in ('f', 'p')
    then pg_catalog.left(coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc), ${SOURCE_CHARACTERS_MAX + 1})
  end as source
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
join pg_catalog.pg_language l on l.oid = p.prolang
where n.nspname not in ('pg_catalog', 'information_schema')
order by p.oid`;

function json<Shape extends z.ZodType>(shape: Shape) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'not JSON' });
        return z.NEVER;
      }
    })
    .pipe(shape);
}

const OID = z.int().min(0).max(4_294_967_295);
const ATTNUM = z.int().min(1).max(1_600);

const CATALOG_ROW = z.object({
  oid: z.coerce.number().pipe(OID),
  schema: z.string(),
  name: z.string(),
  columns: json(
    z.array(z.object({ attnum: ATTNUM, name: z.string(), generatedFrom: z.array(ATTNUM) })).max(1_600),
  ),
  is_view: z.union([z.boolean(), z.literal('t'), z.literal('f')]),
  calls: json(z.array(OID)),
  reads_from: json(z.array(z.object({ oid: OID, attnum: z.int().nullable() }))),
  inherits: json(z.array(OID)),
});

const DEFINITION_ROW = z.object({ oid: z.coerce.number().pipe(OID), definition: z.string().nullable() });

const FUNCTION_ROW = z.object({
  oid: z.coerce.number().pipe(OID),
  name: z.string(),
  trusted: z.union([z.boolean(), z.literal('t'), z.literal('f')]),
  source: z.string().nullable(),
});

function parseRows<Shape extends z.ZodType>(shape: Shape, rows: readonly unknown[]): z.output<Shape>[] {
  const parsed = z.array(shape).safeParse(rows);
  if (parsed.success) return parsed.data;
  throw new AppError('upstream_failed', 'the catalog of the target cannot be read', { cause: parsed.error });
}

function isTrue(value: boolean | 't' | 'f'): boolean {
  return value === true || value === 't';
}

/** Null for a text that is too long to follow. */
function followed(text: string | null): string | null {
  return text !== null && text.length <= SOURCE_CHARACTERS_MAX ? text : null;
}

/** By oid: the query of a view; null where it is too long. */
export type Definitions = ReadonlyMap<number, string | null>;

/** Parses the rows of `DEFINITION_QUERY`. Throws `upstream_failed` when a row is not what the query promises. */
export function parseDefinitions(rows: readonly unknown[]): Definitions {
  return new Map(parseRows(DEFINITION_ROW, rows).map(({ oid, definition }) => [oid, followed(definition)]));
}

export function definitionsOf(catalog: readonly CatalogRelation[]): Definitions {
  return new Map(
    catalog.flatMap(({ oid, definition }) => (definition === undefined ? [] : [[oid, definition] as const])),
  );
}

/**
 * Parses the rows of `CATALOG_QUERY`. Of a view without a definition it is only known what it reads. Throws
 * `upstream_failed` when a row is not what the query promises.
 */
export function parseCatalog(
  rows: readonly unknown[],
  definitions: Definitions = new Map(),
): CatalogRelation[] {
  return parseRows(CATALOG_ROW, rows).map(({ reads_from: readsFrom, is_view: isView, ...relation }) => {
    const definition = isTrue(isView) ? definitions.get(relation.oid) : undefined;
    return { ...relation, readsFrom, ...(definition === undefined ? {} : { definition }) };
  });
}

/** Parses the rows of `FUNCTION_QUERY`. Throws `upstream_failed` when a row is not what the query promises. */
export function parseFunctions(rows: readonly unknown[]): CatalogFunction[] {
  return parseRows(FUNCTION_ROW, rows).map(({ oid, name, trusted, source }) => ({
    oid,
    name,
    trusted: isTrue(trusted),
    source: followed(source),
  }));
}

/**
 * Tells two states of the catalog apart: each transaction that changes a definition writes rows of its own number,
 * so with an equal count the sum of the numbers of writers differs. Only what users have made is looked at.
 */
const EPOCH = `pg_catalog.concat_ws(' ', ${[
  `pg_class where oid >= ${FIRST_USER_OID} and relkind in ('r', 'p', 'v', 'm', 'f')`,
  `pg_attribute where attrelid >= ${FIRST_USER_OID} and attnum > 0`,
  `pg_rewrite where ev_class >= ${FIRST_USER_OID}`,
  'pg_inherits',
  'pg_attrdef',
  `pg_proc where oid >= ${FIRST_USER_OID}`,
  `pg_namespace where oid >= ${FIRST_USER_OID} or nspname = 'public'`,
]
  .map((rows) => `(select concat_ws(',', count(*), sum(xmin::text::int8)) from pg_catalog.${rows})`)
  .join(', ')})`;

const SNAPSHOT_TEXT = /^[0-9:,]*$/;

/** Run it once on a connection, because planning `epochQuery` costs more than its answer. */
export const PREPARE_EPOCH = `prepare sallyport_epoch (text) as
  select snapshot, case when snapshot <> $1 then ${EPOCH} end as epoch
  from (select pg_catalog.txid_current_snapshot()::text as snapshot offset 0) now`;

/**
 * One row: `snapshot`, which transactions are over, and `epoch`, which is null where that is as it was: then nobody
 * has committed anything.
 * @param snapshot of the answer before; empty for none
 */
export function epochQuery(snapshot: string): string {
  return `execute sallyport_epoch ('${SNAPSHOT_TEXT.test(snapshot) ? snapshot : ''}')`;
}
