/** What was done in the sessions of an incident, as far as it matters, and what the log says of its parts. */
import type { WorkMark } from '../../core/incident.ts';
import { AlertRow } from '../entities/alert.ts';
import { EventRow } from '../entities/event.ts';
import type { Database } from '../open-store.ts';
import type { SearchEntry } from './search-entries.ts';

export interface MarkedEntry extends SearchEntry {
  readonly sessionId: string;
  /** It was let through, and its effect is one behind which something is not as it was. */
  readonly changed: boolean;
}

export interface MarkedWork {
  /** The riskiest first. */
  readonly entries: readonly MarkedEntry[];
  /** All that have one of the marks, those beyond the limit too. */
  readonly total: number;
}

/**
 * @param options.marks at least one of which an entry has
 * @param options.changing the effects that `changed` is about
 */
export async function listMarkedWork(
  db: Database,
  options: {
    readonly sessionIds: readonly string[];
    readonly marks: readonly WorkMark[];
    readonly changing: readonly string[];
    readonly limit: number;
  },
): Promise<MarkedWork> {
  const { sessionIds, marks, changing, limit } = options;
  if (sessionIds.length === 0 || marks.length === 0) return { entries: [], total: 0 };
  const rows = await db.execute<(Omit<MarkedEntry, 'atMs'> & { atMs: string; total: string })[]>(
    `with entry as (
       select e.session_id as "sessionId", e.ordinal, e.kind, e.statement, e.at_ms as "atMs", e.text, e.cut, e.relations,
              e.files, e.action, e.rule, e.operation, e.risk, e.denied, e.held, e.masked, e.failed,
              e.operation = any (array(select jsonb_array_elements_text(?::jsonb)))
                and not e.denied and not e.failed as changed
         from search_entry e
        where e.session_id = any (array(select jsonb_array_elements_text(?::jsonb))))
     select entry.*, count(*) over () as total from entry
      where ${marks.map((mark) => MARK_SQL[mark]).join(' or ')}
      order by risk desc, held desc, "sessionId", ordinal limit ?`,
    [JSON.stringify(changing), JSON.stringify(sessionIds), limit],
  );
  const entries = rows.map(({ total: _total, ...row }) => ({ ...row, atMs: Number(row.atMs) }));
  return { entries, total: Number(rows[0]?.total ?? 0) };
}

const MARK_SQL: Readonly<Record<WorkMark, string>> = {
  denied: 'denied',
  held: 'held',
  changed: 'changed',
  masked: 'masked',
  failed: 'failed',
};

/** How many entries there are of each session; sessions that were not read yet have none. */
export async function countWork(
  db: Database,
  options: { readonly sessionIds: readonly string[] },
): Promise<ReadonlyMap<string, { readonly entries: number; readonly complete: boolean }>> {
  const rows = await db.execute<{ id: string; entries: string; complete: boolean }[]>(
    `select session_id as id, entries, complete from search_progress
      where session_id = any (array(select jsonb_array_elements_text(?::jsonb)))`,
    [JSON.stringify(options.sessionIds)],
  );
  return new Map(rows.map(({ id, entries, complete }) => [id, { entries: Number(entries), complete }]));
}

/** Events about these things, in the order in which they were written. */
export async function listEventsAbout(
  db: Database,
  options: {
    readonly subjects: readonly string[];
    readonly types: readonly string[];
    readonly limit: number;
  },
): Promise<readonly EventRow[]> {
  const { subjects, types, limit } = options;
  if (subjects.length === 0) return [];
  return db.find(
    EventRow,
    { subject: { $in: [...subjects] }, type: { $in: [...types] } },
    { orderBy: { id: 'asc' }, limit, disableIdentityMap: true },
  );
}

/** How many events there are about these things, of each type, and between which places of the log. */
export async function countEventsAbout(
  db: Database,
  options: { readonly subjects: readonly string[] },
): Promise<{
  readonly types: readonly { readonly type: string; readonly count: number }[];
  readonly first: number | null;
  readonly last: number | null;
  /** Written, and not in their place yet. */
  readonly waiting: number;
}> {
  const rows = await db.execute<
    { type: string; count: string; first: string | null; last: string | null; waiting: string }[]
  >(
    `select type, count(*) as count, min(sequence) as first, max(sequence) as last,
            count(*) filter (where sequence is null) as waiting
       from event where subject = any (array(select jsonb_array_elements_text(?::jsonb)))
      group by type order by count(*) desc, type`,
    [JSON.stringify(options.subjects)],
  );
  const places = rows.flatMap(({ first, last }) =>
    first === null || last === null ? [] : [Number(first), Number(last)],
  );
  return {
    types: rows.map(({ type, count }) => ({ type, count: Number(count) })),
    first: places.length === 0 ? null : Math.min(...places),
    last: places.length === 0 ? null : Math.max(...places),
    waiting: rows.reduce((sum, { waiting }) => sum + Number(waiting), 0),
  };
}

/** Alerts that tell of these sessions, or of these requests and no session; the oldest first. */
export async function listAlertsAbout(
  db: Database,
  options: {
    readonly sessionIds: readonly string[];
    readonly requestIds: readonly string[];
    readonly limit: number;
  },
): Promise<readonly AlertRow[]> {
  const { sessionIds, requestIds, limit } = options;
  const rows = await db.execute<{ id: string }[]>(
    `select id from alert
      where facts->>'session' = any (array(select jsonb_array_elements_text(?::jsonb)))
         or facts->>'session' is null and facts->>'request' = any (array(select jsonb_array_elements_text(?::jsonb)))
      order by first_at, id limit ?`,
    [JSON.stringify(sessionIds), JSON.stringify(requestIds), limit],
  );
  return db.find(
    AlertRow,
    { id: { $in: rows.map(({ id }) => id) } },
    { orderBy: { firstAt: 'asc', id: 'asc' }, disableIdentityMap: true },
  );
}
