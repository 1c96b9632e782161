/**
 * Which functions of the target's own cannot bring out a masked value. A body that is a text is read for the
 * words that could: names of masked relations, of other functions that could, and of whatever runs a text.
 */
import type { CatalogFunction } from './plan.ts';

/** Each runs or reads what a text names, or statistics, or what another statement has begun to read. */
const TELLING: readonly string[] =
  `execute fetch refcursor _to_xml ts_stat ts_rewrite dblink pg_stat pg_largeobject
  pg_read lo_get loread lo_import pg_get_wal pg_logical u&" set_config pg_ls`.split(/\s+/);

/**
 * By oid.
 * @param maskedRelations names of relations with masked columns
 */
export function harmlessFunctions(
  functions: readonly CatalogFunction[],
  maskedRelations: ReadonlySet<string>,
): ReadonlySet<number> {
  const telling = [...TELLING, ...[...maskedRelations].map((name) => name.toLowerCase())];
  let harmless = functions.filter(({ trusted, source }) => {
    const text = source?.toLowerCase();
    return trusted || (text !== undefined && !telling.some((word) => text.includes(word)));
  });
  for (;;) {
    const oids = new Set(harmless.map(({ oid }) => oid));
    const others = functions.filter(({ oid }) => !oids.has(oid)).map(({ name }) => name.toLowerCase());
    const left = harmless.filter(({ trusted, source }) => {
      const text = source?.toLowerCase() ?? '';
      return trusted || !others.some((name) => text.includes(name));
    });
    if (left.length === harmless.length) return oids;
    harmless = left;
  }
}

/** By name; overloads share one answer. */
export function harmlessNames(
  functions: readonly CatalogFunction[],
  harmless: ReadonlySet<number>,
): ReadonlyMap<string, boolean> {
  const names = new Map<string, boolean>();
  for (const { oid, name } of functions) names.set(name, harmless.has(oid) && names.get(name) !== false);
  return names;
}
