/** Incidents by name: those that were opened or declared, and channels that are one's by their name alone. */
import type { Database } from '../open-store.ts';
import { grantVisibleTo, type Viewer } from './visibility.ts';

/** Of a list of incidents: what comes behind this one. */
export interface IncidentPlace {
  readonly rank: number;
  readonly lastAt: Date;
  readonly name: string;
}

export interface ListedIncident extends IncidentPlace {
  /** Null for a channel that is an incident's by its name alone. */
  readonly id: string | null;
  readonly title: string | null;
  readonly state: 'open' | 'closed' | null;
  readonly openedById: string | null;
  readonly openedAt: Date | null;
  readonly closedAt: Date | null;
  readonly requests: number;
  readonly pending: number;
  /** Sessions that the viewer may see, and those of them that live. */
  readonly sessions: number;
  readonly live: number;
}

/** Open ones first, then the one in which something happened last. */
export async function listIncidentsByName(
  db: Database,
  options: {
    readonly visibleTo: Viewer | null;
    readonly open: boolean;
    /** A part of the name or the title. */
    readonly search: string;
    readonly behind: IncidentPlace | null;
    readonly limit: number;
  },
): Promise<readonly ListedIncident[]> {
  const { visibleTo, open, search, behind, limit } = options;
  const visible = visibleTo === null ? null : grantVisibleTo(visibleTo);
  const rows = await db.execute<Row[]>(
    `with named as (select name from incident union select incident from access_request where incident is not null),
     listed as (
       select n.name, i.id, i.title, i.state, i.opened_by_id as "openedById", i.opened_at as "openedAt",
              i.closed_at as "closedAt", case i.state when 'open' then 2 when 'closed' then 0 else 1 end as rank,
              asked.requests, asked.pending, coalesce(done.sessions, 0) as sessions, coalesce(done.live, 0) as live,
              date_trunc('milliseconds', greatest(i.opened_at, i.closed_at, asked.last_at, done.last_at)) as "lastAt"
         from named n
         left join lateral (select * from incident one where one.name = n.name
                             order by one.state = 'open' desc, one.opened_at desc, one.id limit 1) i on true
        cross join lateral (select count(*) as requests, count(*) filter (where r.state = 'pending') as pending,
                                   max(r.created_at) as last_at from access_request r where r.incident = n.name) asked
         left join lateral (select count(*) as sessions, count(*) filter (where s.ended_at is null) as live,
                                   max(s.last_seen_at) as last_at
                              from access_request r join access_grant g on g.request_id = r.id
                              join session s on s.grant_id = g.id
                             where r.incident = n.name and ${visible?.sql ?? 'true'}) done on true
        where (not ?::boolean or i.state = 'open')
          and (? = '' or strpos(lower(n.name || ' ' || coalesce(i.title, '')), lower(?)) > 0))
     select * from listed
      where ?::int is null or (rank, "lastAt", name) < (?::int, ?::timestamptz, ?)
      order by rank desc, "lastAt" desc, name desc limit ?`,
    [
      ...(visible?.values ?? []),
      open,
      search,
      search,
      behind?.rank ?? null,
      behind?.rank ?? null,
      behind?.lastAt.toISOString() ?? null,
      behind?.name ?? null,
      limit,
    ],
  );
  return rows.map(listedOf);
}

interface Row {
  readonly name: string;
  readonly id: string | null;
  readonly title: string | null;
  readonly state: 'open' | 'closed' | null;
  readonly openedById: string | null;
  readonly openedAt: Date | string | null;
  readonly closedAt: Date | string | null;
  readonly rank: number;
  readonly requests: string;
  readonly pending: string;
  readonly sessions: string;
  readonly live: string;
  readonly lastAt: Date | string;
}

function listedOf({ name, id, title, state, openedById, rank, ...row }: Row): ListedIncident {
  return {
    ...{ name, id, title, state, openedById, rank },
    openedAt: row.openedAt === null ? null : new Date(row.openedAt),
    closedAt: row.closedAt === null ? null : new Date(row.closedAt),
    lastAt: new Date(row.lastAt),
    requests: Number(row.requests),
    pending: Number(row.pending),
    sessions: Number(row.sessions),
    live: Number(row.live),
  };
}
