/** What a login at a host looks for: the grants of one holder on one resource. */
import type { GrantState } from '../../core/grant.ts';
import { GrantRow, RequestRow } from '../entities/access.ts';
import type { Database } from '../open-store.ts';

/** Live ones that are not over, newest first. */
export async function listGrantsForLogin(
  db: Database,
  options: { holderId: string; resource: string; role: string | null; now: Date; limit: number },
): Promise<readonly GrantRow[]> {
  const { holderId, resource, role, now, limit } = options;
  return db.find(
    GrantRow,
    {
      holder: holderId,
      state: { $in: ['issuing', 'active'] as GrantState[] },
      expiresAt: { $gt: now },
      request: { resource, ...(role === null ? {} : { role }) },
    },
    {
      populate: ['request', 'holder'],
      orderBy: { startsAt: 'desc', id: 'desc' },
      limit,
      disableIdentityMap: true,
    },
  );
}

/** Id of the newest grant on the resource that there ever was, live or not; null when there was none. */
export async function findNewestGrant(
  db: Database,
  options: { holderId: string; resource: string },
): Promise<string | null> {
  const { holderId, resource } = options;
  const [newest] = await db.find(
    GrantRow,
    { holder: holderId, request: { resource } },
    { fields: ['id'], orderBy: { startsAt: 'desc', id: 'desc' }, limit: 1, disableIdentityMap: true },
  );
  return newest?.id ?? null;
}

/** The request that somebody waits for, for themselves; the newest. */
export async function findPendingForLogin(
  db: Database,
  options: { requesterId: string; resource: string; role: string | null },
): Promise<string | null> {
  const { requesterId, resource, role } = options;
  const [newest] = await db.find(
    RequestRow,
    {
      requester: requesterId,
      beneficiary: requesterId,
      state: 'pending',
      kind: 'access',
      resource,
      ...(role === null ? {} : { role }),
    },
    { fields: ['id'], orderBy: { createdAt: 'desc', id: 'desc' }, limit: 1, disableIdentityMap: true },
  );
  return newest?.id ?? null;
}

/** What changes whenever there is something to tell about a request and its grant; null for none. */
export async function readRequestStamp(db: Database, options: { id: string }): Promise<string | null> {
  const [found] = await db.execute<{ stamp: string }[]>(
    `select concat_ws(' ', r.state, r.escalated_at, r.tightened_at, g.state, g.issue_problem,
                      (select count(*) from vote v where v.request_id = r.id)) as stamp
       from access_request r left join access_grant g on g.request_id = r.id
      where r.id = ?`,
    [options.id],
  );
  return found?.stamp ?? null;
}
