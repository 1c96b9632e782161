/** What happened in an incident: everything that carries its name. */
import { EventRow } from '../entities/event.ts';
import type { Database } from '../open-store.ts';
import { grantVisibleTo, holdVisibleTo, type Viewer } from './visibility.ts';

interface Of {
  readonly incident: string;
  readonly limit: number;
}

/** Ids, the oldest first. */
export async function listRequestIdsOfIncident(db: Database, of: Of): Promise<readonly string[]> {
  const rows = await db.execute<{ id: string }[]>(
    'select id from access_request where incident = ? order by created_at, id limit ?',
    [of.incident, of.limit],
  );
  return rows.map((row) => row.id);
}

/** Ids, the oldest first. @param of.visibleTo keeps those that this person may see; null is the system */
export async function listSessionIdsOfIncident(
  db: Database,
  of: Of & { readonly visibleTo: Viewer | null },
): Promise<readonly string[]> {
  const visible = of.visibleTo === null ? null : grantVisibleTo(of.visibleTo);
  const rows = await db.execute<{ id: string }[]>(
    `select s.id from session s
       join access_grant g on g.id = s.grant_id join access_request r on r.id = g.request_id
      where r.incident = ? and ${visible?.sql ?? 'true'} order by s.started_at, s.id limit ?`,
    [of.incident, ...(visible?.values ?? []), of.limit],
  );
  return rows.map((row) => row.id);
}

/** How many sessions there are. @param of.visibleTo as above */
export async function countSessionsOfIncident(
  db: Database,
  of: Pick<Of, 'incident'> & { readonly visibleTo: Viewer | null },
): Promise<number> {
  const visible = of.visibleTo === null ? null : grantVisibleTo(of.visibleTo);
  const [row] = await db.execute<{ count: string }[]>(
    `select count(*) as count from session s
       join access_grant g on g.id = s.grant_id join access_request r on r.id = g.request_id
      where r.incident = ? and ${visible?.sql ?? 'true'}`,
    [of.incident, ...(visible?.values ?? [])],
  );
  return Number(row?.count ?? 0);
}

/** As `listSessionIdsOfIncident`, for held commands. */
export async function listHoldIdsOfIncident(
  db: Database,
  of: Of & { readonly visibleTo: Viewer | null },
): Promise<readonly string[]> {
  const visible = of.visibleTo === null ? null : holdVisibleTo(of.visibleTo);
  const rows = await db.execute<{ id: string }[]>(
    `select h.id from hold h join session s on s.id = h.session_id
       join access_grant g on g.id = s.grant_id join access_request r on r.id = g.request_id
      where r.incident = ? and ${visible?.sql ?? 'true'} order by h.created_at, h.id limit ?`,
    [of.incident, ...(visible?.values ?? []), of.limit],
  );
  return rows.map((row) => row.id);
}

/** How often access was frozen or thawed between the two moments, the oldest first. */
export async function listFreezeEvents(
  db: Database,
  of: { readonly from: Date; readonly to: Date; readonly limit: number },
): Promise<readonly EventRow[]> {
  return db.find(
    EventRow,
    { type: { $in: ['freeze.begun', 'freeze.lifted'] }, at: { $gte: of.from, $lte: of.to } },
    { orderBy: { id: 'asc' }, limit: of.limit, disableIdentityMap: true },
  );
}
