/** What entries have, in sessions that somebody may see: `search-candidates.ts` says which those are. */
import type { Database } from '../open-store.ts';
import {
  candidatesFrom,
  type FactsQuestion,
  type SessionFilter,
  type SessionPlace,
} from './search-candidates.ts';
import type { SearchEntry } from './search-entries.ts';

/** A run of entries of one session. */
export interface Slice {
  readonly id: string;
  readonly fromOrdinal: number;
  readonly toOrdinal: number;
  /** Milliseconds since the session began; entries of other times are left out. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** A `tsquery`. */
  readonly ask: string;
}

export interface Hit {
  readonly ordinal: number;
  readonly risk: number;
}

/** What was found in one session. */
export interface Hits {
  readonly id: string;
  readonly count: number;
  /** The riskiest of them, riskiest first. */
  readonly best: readonly Hit[];
  /** Of those that have all that is asked for, whatever the facts of the session have. */
  readonly fullCount: number;
  readonly fullBest: readonly Hit[];
}

/** Shown of each session. */
export const HITS_SHOWN_MAX = 3;

const BEST = (what: string): string =>
  `(array_agg(jsonb_build_object('ordinal', hit.ordinal, 'risk', hit.risk)
      order by hit.risk desc, hit.ordinal)${what})[1:${HITS_SHOWN_MAX}]`;
const COUNTED = `count(*)::int as count, ${BEST('')} as best,
  (count(*) filter (where hit.is_full))::int as "fullCount",
  coalesce(${BEST(' filter (where hit.is_full)')}, '{}') as "fullBest"`;

/**
 * Reads each of these entries: for words that are everywhere, in a few sessions. What it takes depends on how many
 * there are, and on nothing else.
 * @param options.full a `tsquery`: all that is asked for
 * @returns those of the slices in which something was found
 */
export async function readHits(
  db: Database,
  options: { readonly slices: readonly Slice[]; readonly full: string },
): Promise<readonly Hits[]> {
  if (options.slices.length === 0) return [];
  return db.execute<Hits[]>(
    `with slice as materialized (
        select id, "fromOrdinal", "toOrdinal", "fromMs", "toMs", ask::tsquery as ask, ask = ? as is_full, ?::tsquery as whole
          from jsonb_to_recordset(?::jsonb) as s
               (id text, "fromOrdinal" int, "toOrdinal" int, "fromMs" bigint, "toMs" bigint, ask text))
     select slice.id, found.* from slice
      cross join lateral (
        select ${COUNTED} from (
          select e.ordinal, e.risk, slice.is_full or e.words @@ slice.whole as is_full
            from search_entry e
           where e.session_id = slice.id and e.ordinal between slice."fromOrdinal" and slice."toOrdinal"
             and (slice."fromMs" is null or e.at_ms >= slice."fromMs")
             and (slice."toMs" is null or e.at_ms <= slice."toMs")
             and e.words @@ slice.ask offset 0) hit) found
      where found.count > 0`,
    [options.full, options.full, JSON.stringify(options.slices)],
  );
}

/** What is asked of entries in sessions whose facts have these bits. */
export interface Ask {
  readonly met: number;
  readonly ask: string;
}

/**
 * Looks for the entries first, and then for their sessions: for words that are rare.
 * @param options.asks for every combination of bits that there is; those of no ask are not looked for
 * @returns null when more than `entriesMax` entries have the words
 */
export async function findHits(
  db: Database,
  options: {
    readonly filter: SessionFilter;
    readonly facts: FactsQuestion;
    readonly asks: readonly Ask[];
    readonly full: string;
    readonly entriesMax: number;
    readonly sessionsMax: number;
  },
): Promise<readonly (Hits & SessionPlace)[] | null> {
  const { filter, facts, full, entriesMax, sessionsMax } = options;
  const queries = [...new Set(options.asks.map(({ ask }) => ask))];
  if (queries.length === 0) return [];
  const asks = options.asks.map(({ met, ask }) => ({
    met,
    bit: 1 << queries.indexOf(ask),
    isFull: ask === full,
  }));
  const has =
    queries.length === 1
      ? '1'
      : queries.map((_, bit) => `((e.words @@ ?::tsquery)::int << ${bit})`).join(' | ');
  const from = candidatesFrom(filter, facts);
  const at = `s.started_at + make_interval(secs => entry.at_ms / 1000.0)`;
  const [since, until] = [filter.since, filter.until].map((moment) => moment?.toISOString() ?? null);
  const rows = await db.execute<(Hits & { startedAt: Date | string; read: number })[]>(
    `with entry as materialized (
        select e.session_id, e.ordinal, e.risk, e.at_ms, ${has} as has, e.words @@ ?::tsquery as is_full
          from search_entry e where e.words @@ ?::tsquery limit ?),
          candidate as (
        select s.id, s.started_at, facts.met ${from.sql} and s.id in (select session_id from entry)),
          found as (
        select s.id, s.started_at as "startedAt", ${COUNTED}
          from candidate s
          join jsonb_to_recordset(?::jsonb) as asked (met int, bit int, "isFull" boolean) on asked.met = s.met
          join entry on entry.session_id = s.id and entry.has & asked.bit <> 0
         cross join lateral (select entry.ordinal, entry.risk, asked."isFull" or entry.is_full as is_full) hit
         where (?::timestamptz is null or ${at} >= ?) and (?::timestamptz is null or ${at} <= ?)
         group by s.id, s.started_at
         order by s.started_at desc, s.id desc limit ?)
     select counted.read, found.* from (select count(*)::int as read from entry) counted left join found on true
      order by found."startedAt" desc, found.id desc`,
    [
      ...(queries.length === 1 ? [] : queries),
      full,
      queries.map((query) => `(${query})`).join(' | '),
      entriesMax + 1,
      ...from.values,
      JSON.stringify(asks),
      since,
      since,
      until,
      until,
      sessionsMax,
    ],
  );
  if ((rows[0]?.read ?? 0) > entriesMax) return null;
  return rows.flatMap((row) => (row.id === null ? [] : [{ ...row, startedAt: new Date(row.startedAt) }]));
}

/** As the last ANALYZE saw it. */
export async function estimateEntries(db: Database): Promise<number> {
  const rows = await db.execute<{ entries: number }[]>(
    `select reltuples::float8 as entries from pg_class where oid = 'search_entry'::regclass`,
  );
  return Math.max(0, rows[0]?.entries ?? 0);
}

export interface FoundEntry extends SearchEntry {
  readonly sessionId: string;
}

/** Those of sessions that were found for somebody. */
export async function readFoundEntries(
  db: Database,
  options: { readonly sessions: readonly { readonly id: string; readonly ordinals: readonly number[] }[] },
): Promise<readonly FoundEntry[]> {
  const sessions = options.sessions.filter(({ ordinals }) => ordinals.length > 0);
  if (sessions.length === 0) return [];
  const rows = await db.execute<(Omit<FoundEntry, 'atMs'> & { atMs: string })[]>(
    `select e.session_id as "sessionId", e.ordinal, e.kind, e.statement, e.at_ms as "atMs", e.text, e.cut, e.relations,
            e.files, e.action, e.rule, e.operation, e.risk, e.denied, e.held, e.masked, e.failed
       from jsonb_to_recordset(?::jsonb) as f (id text, ordinals int[])
       join search_entry e on e.session_id = f.id and e.ordinal = any (f.ordinals)
      order by e.session_id, e.ordinal`,
    [JSON.stringify(sessions)],
  );
  return rows.map((row) => ({ ...row, atMs: Number(row.atMs) }));
}
