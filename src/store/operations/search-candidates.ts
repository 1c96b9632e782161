/**
 * Sessions by what they are, newest first. Every question carries who asks, so that nothing is found that they may
 * not see. Which words of a search the facts of a session have is told as bits: what is asked of its entries are the
 * other words.
 */
import type { Database } from '../open-store.ts';
import { sessionVisibleTo, type Viewer } from './visibility.ts';

/** Of a list of sessions, newest first: what comes behind this one. */
export interface SessionPlace {
  readonly startedAt: Date;
  readonly id: string;
  /** It comes first, from this entry on. */
  readonly fromOrdinal?: number;
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

/** What the facts of a session can have: each has its own bit in `met`. At most 30. */
export interface FactsQuestion {
  readonly words: readonly {
    /** Found in `search_facts` as it is; null for never. */
    readonly pattern: string | null;
    /** An id of a session, a grant or a request; null for what is none. */
    readonly id: string | null;
  }[];
  /** Of these bits none may be met. */
  readonly excluded: number;
}

export interface Candidate extends Pick<SessionPlace, 'id' | 'startedAt'> {
  /** Rows that the search has of it. */
  readonly entries: number;
  /** Bits of the patterns that its facts have. */
  readonly met: number;
}

interface Sql {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** `from … where …` of the sessions that the filter leaves; `met` is a column of `facts`. */
export function candidatesFrom(filter: SessionFilter, question: FactsQuestion): Sql {
  const facts = factsOf(question, 's.id, g.id, r.id');
  const conditions = conditionsOf(filter);
  if (question.excluded !== 0) conditions.push({ sql: 'facts.met & ? = 0', values: [question.excluded] });
  return {
    sql: `from session s
          join access_grant g on g.id = s.grant_id
          join access_request r on r.id = g.request_id
          join identity h on h.id = g.holder_id
          left join search_progress p on p.session_id = s.id
         cross join lateral (${facts.sql}) facts
         where ${['true', ...conditions.map(({ sql }) => sql)].join(' and ')}`,
    values: [...facts.values, ...conditions.flatMap(({ values }) => values)],
  };
}

function factsOf({ words }: FactsQuestion, ids: string): Sql {
  const bits = words.flatMap(({ pattern, id }, bit) => {
    const inText = pattern === null ? [] : [{ sql: 'strpos(fact.text, ?) > 0', value: pattern }];
    const isId = id === null ? [] : [{ sql: `? in (${ids})`, value: id }];
    const ways = [...inText, ...isId];
    return ways.length === 0 ? [] : [{ bit, ways }];
  });
  if (bits.length === 0) return { sql: 'select 0 as met', values: [] };
  const met = bits.map(({ bit, ways }) => `((${ways.map(({ sql }) => sql).join(' or ')})::int << ${bit})`);
  return {
    sql: `select ${met.join(' | ')} as met from (select r.search_facts || h.search_facts as text offset 0) fact offset 0`,
    values: bits.flatMap(({ ways }) => ways.map(({ value }) => value)),
  };
}

function conditionsOf(filter: SessionFilter): Sql[] {
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
  const order = behind?.fromOrdinal === undefined ? '<' : '<=';
  const place = `(s.started_at, s.id) ${order} (?::timestamptz, ?)`;
  when(behind, place, behind?.startedAt.toISOString(), behind?.id);
  if (visibleTo !== null) conditions.push(sessionVisibleTo(visibleTo));
  return conditions;
}

/** @param options.met only those whose facts have all of these bits */
export async function listCandidates(
  db: Database,
  options: {
    readonly filter: SessionFilter;
    readonly facts: FactsQuestion;
    readonly met: number;
    readonly limit: number;
  },
): Promise<readonly Candidate[]> {
  const { filter, facts, met, limit } = options;
  const from = candidatesFrom(filter, facts);
  const rows = await db.execute<(Omit<Candidate, 'startedAt'> & { startedAt: Date | string })[]>(
    `select s.id, s.started_at as "startedAt", coalesce(p.entries, 0)::int as entries, facts.met
       ${from.sql} ${met === 0 ? '' : `and facts.met & ${met} = ${met}`}
      order by s.started_at desc, s.id desc limit ?`,
    [...from.values, limit],
  );
  return rows.map((row) => ({ ...row, startedAt: new Date(row.startedAt) }));
}

/** Every combination of bits that the facts of a session may have, whoever may see it. */
export async function listMetFacts(db: Database, facts: FactsQuestion): Promise<readonly number[]> {
  if (facts.words.every(({ pattern, id }) => pattern === null && id === null)) return [0];
  const ids = facts.words.flatMap(({ id }) => (id === null ? [] : [id]));
  const [ofGrants, ofSessions] = ['g.id, r.id', 's.id, g.id, r.id'].map((own) => factsOf(facts, own));
  const joined = `join access_request r on r.id = g.request_id join identity h on h.id = g.holder_id`;
  const rows = await db.execute<{ met: number }[]>(
    `select facts.met from access_grant g ${joined} cross join lateral (${ofGrants?.sql}) facts
      union
     select facts.met from session s join access_grant g on g.id = s.grant_id ${joined}
      cross join lateral (${ofSessions?.sql}) facts where s.id in (select jsonb_array_elements_text(?::jsonb))`,
    [...(ofGrants?.values ?? []), ...(ofSessions?.values ?? []), JSON.stringify(ids)],
  );
  return rows.map(({ met }) => met);
}
