/** How the snapshot of the target's catalog is asked for, and how its rows become `CatalogRelation`s. */
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import type { CatalogRelation } from './plan.ts';

/**
 * One row per relation, readable by any role: `oid`, `schema`, `name`, and as JSON `columns`, `reads_from`,
 * `inherits`. A view that calls a function from outside `pg_catalog`, or reads statistics, which hold values of
 * columns, reads from oid 0: nobody can tell what. Beside a plain column the dependency of a whole row (varattno 0)
 * is not kept by PostgreSQL, so a view with one reads all of every relation it names.
 */
export const CATALOG_QUERY = `
select c.oid::int8::text as oid, n.nspname::text as schema, c.relname::text as name,
  coalesce((
    select json_agg(json_build_object('attnum', a.attnum, 'name', a.attname, 'generatedFrom', coalesce((
        select json_agg(d.refobjsubid) from pg_catalog.pg_depend d
        where a.attgenerated <> '' and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
          and d.objid = c.oid and d.objsubid = a.attnum
          and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
          and d.refobjid = c.oid and d.refobjsubid > 0), '[]'::json)) order by a.attnum)
    from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  ), '[]'::json)::text as columns,
  coalesce((
    select json_agg(distinct jsonb_build_object(
      'oid', case when d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                    or s.relname in ('pg_stats', 'pg_stats_ext', 'pg_stats_ext_exprs') then 0
                  else d.refobjid::int8 end,
      'attnum', case when r.ev_action::text like '%:varattno 0 %' then null else nullif(d.refobjsubid, 0) end))
    from pg_catalog.pg_rewrite r
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = r.oid
    left join pg_catalog.pg_class s
      on d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and s.oid = d.refobjid and s.oid < 16384
    where r.ev_class = c.oid and d.refobjid <> c.oid
      and d.refclassid in ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass)
  ), '[]'::json)::text as reads_from,
  coalesce((
    select json_agg(i.inhparent::int8) from pg_catalog.pg_inherits i where i.inhrelid = c.oid
  ), '[]'::json)::text as inherits
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
order by c.oid`;

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
  reads_from: json(z.array(z.object({ oid: OID, attnum: z.int().nullable() }))),
  inherits: json(z.array(OID)),
});

/** Parses the rows of `CATALOG_QUERY`. Throws `upstream_failed` when a row is not what the query promises. */
export function parseCatalog(rows: readonly unknown[]): CatalogRelation[] {
  const parsed = z.array(CATALOG_ROW).safeParse(rows);
  if (!parsed.success) {
    throw new AppError('upstream_failed', 'the catalog of the target cannot be read', {
      cause: parsed.error,
    });
  }
  return parsed.data.map(({ reads_from: readsFrom, ...relation }) => ({ ...relation, readsFrom }));
}
