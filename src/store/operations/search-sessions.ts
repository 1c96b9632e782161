/**
 * Finds sessions by what they are and by what was done in them. Every question carries who asks, so that nothing is
 * found that they may not see. What is asked of entries is a `tsquery`: each word that the facts of a session have
 * already need not be in its entries, so the question differs from session to session. Where an entry has all of the
 * words nevertheless, those are shown and no others.
 */
import type { Database } from '../open-store.ts';
import type { SearchEntry } from './search-entries.ts';
import { grantVisibleTo, type Viewer } from './visibility.ts';

/** Of a list of sessions, newest first: what comes behind this one. */
export interface SessionPlace {
  readonly startedAt: Date;
  readonly id: string;
}

export interface SessionFilter {
  /** A part of a name or an address, or an id. */
  readonly who?: string | undefined;
  readonly resource?: string | undefined;
  readonly kind?: string | undefined;
  readonly incident?: string | undefined;
  readonly requestId?: string | undefined;
  /** Sessions that were there at some time between the two; entries from between the two. */
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly live?: boolean | undefined;
  /** Keeps what this person may see; null is the system, which sees all. */
  readonly visibleTo: Viewer | null;
  readonly behind?: SessionPlace | undefined;
}

export interface EntryQuestion {
  /** Each has to be met by the facts of a session or by an entry. */
  readonly terms: readonly {
    readonly query: string;
    /** Found in the facts as it is; null for never. */
    readonly pattern: string | null;
    /** What has it is left out. */
    readonly isExcluded: boolean;
  }[];
  /** A `tsquery` that an entry has to meet, whatever the facts are. */
  readonly filter: string | null;
  /** What separates words in facts, each replaced by a blank. */
  readonly separators: string;
}

export interface FoundSession extends SessionPlace {
  /** Entries that were found; 0 where the facts alone were. */
  readonly count: number;
  /** The ordinals of the riskiest of them, in order. */
  readonly ordinals: readonly number[];
}

const HITS_MAX = 3;

interface Sql {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/**
 * The sessions that the filter leaves, each with what its entries are asked. `found`: its facts have all there is.
 * `full` is the same for all: null when nothing is asked of entries.
 */
function candidates(filter: SessionFilter, question: EntryQuestion): Sql {
  const { who, resource, kind, incident, requestId, since, until, live, visibleTo, behind } = filter;
  const conditions: Sql[] = [];
  const when = (value: unknown, sql: string, ...values: readonly unknown[]): void => {
    if (value !== undefined && value !== false) conditions.push({ sql, values });
  };
  when(live, 's.ended_at is null');
  when(requestId, 'r.id = ?', requestId);
  when(resource, 'r.resource = ?', resource);
  when(kind, 'r.resource_kind = ?', kind);
  when(incident, 'r.incident = ?', incident);
  when(who, `(h.id = ? or strpos(lower(h.name || ' ' || h.email), lower(?)) > 0)`, who, who);
  when(since, '(s.ended_at is null or s.ended_at >= ?)', since);
  when(until, 's.started_at <= ?', until);
  when(behind, '(s.started_at, s.id) < (?::timestamptz, ?)', behind?.startedAt.toISOString(), behind?.id);
  if (visibleTo !== null) conditions.push(grantVisibleTo(visibleTo));
  conditions.push({
    sql: `not exists (select 1 from asked where asked."isExcluded" and strpos(facts.text, asked.pattern) > 0)`,
    values: [],
  });
  return {
    sql: `asked as materialized (
            select * from jsonb_to_recordset(?::jsonb) as a (query text, pattern text, "isExcluded" boolean)),
          whole as materialized (
            select case when not bool_and(part."isExcluded") then string_agg(part.query, ' & ') end as full_query
              from (select query, "isExcluded" from asked union all select ?::text, false where ?::text is not null) part),
          candidate as (
            select s.id, s.started_at, p.entries, missing.query is null as found, whole.full_query,
                   coalesce(missing.query, whole.full_query) as ask
              from session s
              join access_grant g on g.id = s.grant_id
              join access_request r on r.id = g.request_id
              join identity h on h.id = g.holder_id
              left join search_progress p on p.session_id = s.id
             cross join lateral (select ' ' || translate(lower(concat_ws(' ', s.id, g.id, r.id, r.resource,
                r.resource_kind, r.role, r.reason, r.ticket, r.incident, h.name, h.email)), ?, ?) as text) facts
             cross join lateral (
                select case when not bool_and(part."isExcluded") then string_agg(part.query, ' & ') end as query from (
                      select asked.query, asked."isExcluded" from asked
                       where coalesce(strpos(facts.text, asked.pattern), 0) = 0
                      union all select ?::text, false where ?::text is not null) part) missing
             cross join whole
             where ${conditions.map(({ sql }) => sql).join(' and ')})`,
    values: [
      JSON.stringify(question.terms),
      question.filter,
      question.filter,
      question.separators,
      ' '.repeat(question.separators.length),
      question.filter,
      question.filter,
      ...conditions.flatMap(({ values }) => values),
    ],
  };
}

/** Of the entries in `hit`, those of the time that is asked for: counted, and the riskiest of each session. */
function best(filter: SessionFilter, of: 'taken' | 'candidate'): Sql {
  const { since, until } = filter;
  const at = `(c.started_at + make_interval(secs => hit.at_ms / 1000.0))`;
  return {
    sql: `met as (
            select c.id, hit.ordinal, hit.risk, c.ask = c.full_query or hit.words @@ c.full_query::tsquery as is_full
              from hit join ${of} c on c.id = hit.session_id
             where (?::timestamptz is null or ${at} >= ?) and (?::timestamptz is null or ${at} <= ?)
               and (hit.words is null or hit.words @@ c.ask::tsquery)),
          kept as (
            select * from (select *, bool_or(is_full) over (partition by id) as has_full from met) all_met
             where is_full or not has_full),
          ranked as (
            select id, ordinal, count(*) over (partition by id) as count,
                   row_number() over (partition by id order by risk desc, ordinal) as place from kept),
          best as (
            select id, max(count)::int as count, array_agg(ordinal order by ordinal) as ordinals
              from ranked where place <= ${HITS_MAX} group by id)`,
    values: [since, since, until, until].map((moment) => moment?.toISOString() ?? null),
  };
}

const FOUND = `c.id, c.started_at as "startedAt", coalesce(best.count, 0) as count, coalesce(best.ordinals, '{}') as ordinals`;

interface FoundRow {
  readonly id: string;
  readonly startedAt: Date | string;
  readonly count: number;
  readonly ordinals: readonly number[];
}

function foundSession({ id, startedAt, count, ordinals }: FoundRow): FoundSession {
  return { id, startedAt: new Date(startedAt), count, ordinals };
}

/**
 * For the rest of the transaction. What a search finds cannot be estimated, since the question is not known when it is
 * planned: compiling it takes longer than it does, and it must not compare every entry with every session.
 */
export async function planForSearch(db: Database): Promise<void> {
  await db.execute('set local jit = off');
  await db.execute('set local enable_nestloop = off');
  await db.execute(`set local work_mem = '32MB'`);
}

/**
 * Looks through the newest sessions that the filter leaves, as many as have so many entries together. For words that
 * are everywhere: it need not look at all of them.
 * @returns where it stopped, null when it came to the last session
 */
export async function searchNewest(
  db: Database,
  options: {
    readonly filter: SessionFilter;
    readonly question: EntryQuestion;
    readonly entriesMax: number;
    readonly sessionsMax: number;
  },
): Promise<{ readonly sessions: readonly FoundSession[]; readonly stoppedAt: SessionPlace | null }> {
  const { filter, question, entriesMax, sessionsMax } = options;
  const from = candidates(filter, question);
  const ranking = best(filter, 'taken');
  const rows = await db.execute<(FoundRow & { isFound: boolean; isLast: boolean })[]>(
    `with ${from.sql},
          newest as (
            select *, row_number() over latest as place,
                   coalesce(sum(coalesce(entries, 0)) over (order by started_at desc, id desc
                     rows between unbounded preceding and 1 preceding), 0) as before
              from candidate window latest as (order by started_at desc, id desc)
             order by started_at desc, id desc limit ?),
          taken as materialized (select * from newest where before < ? and place < ?),
          question as materialized (
            select coalesce(string_agg(format('((%s) & (%s))', sessions, ask), ' | '), '''#nothing''')::tsquery as query,
                   coalesce(bool_or(ask <> full_query), false) as differs
              from (select string_agg(quote_literal('#s:' || id), ' | ') as sessions, ask, full_query
                      from taken where ask is not null and entries > 0 group by ask, full_query) by_ask),
          hit as (
            select e.session_id, e.ordinal, e.risk, e.at_ms,
                   case when (select differs from question) then e.words end as words
              from search_entry e where e.words @@ (select query from question)),
          ${ranking.sql}
          select ${FOUND}, c.found or best.id is not null as "isFound",
                 not exists (select 1 from newest where newest.place > c.place) as "isLast"
            from taken c left join best on best.id = c.id
           order by c.started_at desc, c.id desc`,
    [...from.values, sessionsMax + 1, entriesMax, sessionsMax + 1, ...ranking.values],
  );
  const last = rows.at(-1);
  return {
    sessions: rows.filter(({ isFound }) => isFound).map(foundSession),
    stoppedAt: last === undefined || last.isLast ? null : foundSession(last),
  };
}

/**
 * Looks for the entries first, and then for their sessions: for words that are rare.
 * @returns null when more than `entriesMax` entries have the words
 */
export async function searchEverywhere(
  db: Database,
  options: {
    readonly filter: SessionFilter;
    readonly question: EntryQuestion;
    readonly entriesMax: number;
    readonly sessionsMax: number;
  },
): Promise<readonly FoundSession[] | null> {
  const { filter, question, entriesMax, sessionsMax } = options;
  const from = candidates(filter, question);
  const ranking = best(filter, 'candidate');
  const rows = await db.execute<((FoundRow | { readonly id: null }) & { hits: number })[]>(
    `with ${from.sql.replace('candidate as (', 'candidate as materialized (')},
          question as materialized (
            select coalesce(string_agg(format('(%s)', ask), ' | '), '''#nothing''')::tsquery as query,
                   coalesce(bool_or(ask <> full_query), false) as differs
              from (select distinct ask, full_query from candidate where ask is not null) asks),
          hit as materialized (
            select e.session_id, e.ordinal, e.risk, e.at_ms,
                   case when (select differs from question) then e.words end as words
              from search_entry e where e.words @@ (select query from question) limit ?),
          ${ranking.sql},
          page as (
            select ${FOUND} from candidate c left join best on best.id = c.id
             where c.found or best.id is not null
             order by c.started_at desc, c.id desc limit ?)
          select page.*, counted.hits from (select count(*)::int as hits from hit) counted left join page on true
           order by "startedAt" desc, id desc`,
    [...from.values, entriesMax + 1, ...ranking.values, sessionsMax],
  );
  if ((rows[0]?.hits ?? 0) > entriesMax) return null;
  return rows.flatMap((row) => (row.id === null ? [] : [foundSession(row)]));
}

export interface FoundEntry extends SearchEntry {
  readonly sessionId: string;
}

/** Those of sessions that were found for somebody. */
export async function readFoundEntries(
  db: Database,
  options: { readonly sessions: readonly Pick<FoundSession, 'id' | 'ordinals'>[] },
): Promise<readonly FoundEntry[]> {
  const rows = await db.execute<(Omit<FoundEntry, 'atMs'> & { atMs: string })[]>(
    `select e.session_id as "sessionId", e.ordinal, e.kind, e.statement, e.at_ms as "atMs", e.text, e.cut, e.relations,
            e.files, e.action, e.rule, e.operation, e.risk, e.denied, e.held, e.masked
       from jsonb_to_recordset(?::jsonb) as f (id text, ordinals int[])
       join search_entry e on e.session_id = f.id and e.ordinal = any (f.ordinals)
      order by e.session_id, e.ordinal`,
    [JSON.stringify(options.sessions.map(({ id, ordinals }) => ({ id, ordinals })))],
  );
  return rows.map((row) => ({ ...row, atMs: Number(row.atMs) }));
}
