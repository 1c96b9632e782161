/**
 * What the analysis has to know of a target beyond the text: which code is its own. Read once per session, and
 * again by whoever notices that the catalog has changed.
 */

export type Volatility = 'immutable' | 'stable' | 'volatile';

/** A function, procedure or aggregate that PostgreSQL does not ship. */
export interface UserFunction {
  readonly schema: string;
  readonly name: string;
  readonly volatility: Volatility;
}

/** What the target is known to define besides what PostgreSQL ships. */
export interface DatabaseFacts {
  /** By name without schema, since that is how most calls are written. */
  readonly userFunctions: ReadonlyMap<string, readonly UserFunction[]>;
  /**
   * By the operator's name: the functions behind it. Those that an extension brought are left out, or every `=` of
   * a database with citext would count.
   */
  readonly userOperators?: ReadonlyMap<string, readonly UserFunction[]>;
  /**
   * Names of columns. `o.total` calls a function `total` only where there is no such column, so a name that is
   * listed here is taken for a column. Left out, every such name counts as a call.
   */
  readonly columnNames?: ReadonlySet<string>;
  /** True where no verdict hangs on the text, so that `client_encoding` may be set. */
  readonly encodingIsFree?: boolean;
}

export const NO_FACTS: DatabaseFacts = { userFunctions: new Map() };

/**
 * Returns text columns: operator (null for a function itself), schema, name, volatility. An extension's functions that
 * extend the server's own of the same name to a type of theirs, as citext does with max, are left out.
 */
export const FACTS_QUERY = `
select distinct null::text as operator, n.nspname::text as schema, p.proname::text as name,
       p.provolatile::text as volatility
from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where n.nspname not in ('pg_catalog', 'information_schema')
  and not (
    p.provolatile <> 'v'
    and exists (
      select from pg_catalog.pg_proc own
      where own.proname = p.proname and own.pronamespace = 'pg_catalog'::pg_catalog.regnamespace)
    and exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e'))
union all
select distinct o.oprname::text, n.nspname::text, p.proname::text, p.provolatile::text
from pg_catalog.pg_operator o
join pg_catalog.pg_namespace home on home.oid = o.oprnamespace
join pg_catalog.pg_proc p on p.oid = o.oprcode
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where home.nspname <> 'pg_catalog'
  and not exists (
    select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass and d.objid = o.oid and d.deptype = 'e')`;

const VOLATILITIES: ReadonlyMap<string, Volatility> = new Map([
  ['i', 'immutable'],
  ['s', 'stable'],
]);

/** Turns the rows of `FACTS_QUERY` into facts. What is not understood counts as volatile. */
export function parseFacts(rows: readonly Readonly<Record<string, string | null>>[]): DatabaseFacts {
  const userFunctions = new Map<string, UserFunction[]>();
  const userOperators = new Map<string, UserFunction[]>();
  for (const row of rows) {
    const found: UserFunction = {
      schema: row['schema'] ?? '',
      name: row['name'] ?? '',
      volatility: VOLATILITIES.get(row['volatility'] ?? '') ?? 'volatile',
    };
    const operator = row['operator'] ?? null;
    if (operator === null) add(userFunctions, found.name, found);
    else add(userOperators, operator, found);
  }
  return { userFunctions, userOperators };
}

function add(map: Map<string, UserFunction[]>, name: string, found: UserFunction): void {
  const known = map.get(name);
  if (known === undefined) map.set(name, [found]);
  else known.push(found);
}
