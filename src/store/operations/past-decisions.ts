/** What was asked and done since a moment, in pages, so that any number can be gone through in bounded memory. */
import { RequestRow } from '../entities/access.ts';
import type { Database } from '../open-store.ts';

export interface Page {
  readonly since: Date;
  /** Where the page before ended; null for the first. */
  readonly after: { readonly at: Date; readonly id: string } | null;
  readonly limit: number;
}

export async function countPast(
  db: Database,
  options: { since: Date },
): Promise<{ requests: number; statements: number }> {
  const [row] = await db.execute<{ requests: number; statements: number }[]>(
    `select (select count(*)::float8 from access_request where created_at >= ?) as requests,
            (select coalesce(sum((counts->>'commands')::float8), 0) from session where started_at >= ?) as statements`,
    [options.since, options.since],
  );
  return row ?? { requests: 0, statements: 0 };
}

/** Oldest first. */
export async function listPastRequests(db: Database, page: Page): Promise<readonly RequestRow[]> {
  const { since, after, limit } = page;
  return db.find(
    RequestRow,
    after === null
      ? { createdAt: { $gte: since } }
      : { $or: [{ createdAt: { $gt: after.at } }, { createdAt: after.at, id: { $gt: after.id } }] },
    {
      populate: ['requester', 'beneficiary'],
      orderBy: { createdAt: 'asc', id: 'asc' },
      limit,
      disableIdentityMap: true,
    },
  );
}

export interface PastSession {
  readonly id: string;
  readonly startedAt: Date;
  readonly resource: string;
  readonly role: string;
  readonly commands: number;
}

/** Oldest first. */
export async function listPastSessions(db: Database, page: Page): Promise<readonly PastSession[]> {
  const { since, after, limit } = page;
  const rows = await db.execute<(Omit<PastSession, 'startedAt'> & { startedAt: Date | string })[]>(
    `select s.id, s.started_at as "startedAt", r.resource, r.role, (s.counts->>'commands')::float8 as commands
       from session s join access_grant g on g.id = s.grant_id join access_request r on r.id = g.request_id
      where s.started_at >= ? and (?::timestamptz is null or (s.started_at, s.id) > (?::timestamptz, ?))
      order by s.started_at, s.id limit ?`,
    [since, after?.at ?? null, after?.at ?? null, after?.id ?? '', limit],
  );
  return rows.map((row) => ({ ...row, startedAt: new Date(row.startedAt) }));
}
