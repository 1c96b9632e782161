import type { Database } from '../open-store.ts';

/**
 * How long people took to approve what was asked for like this.
 * @param options.latest of how many of the last requests
 * @returns the median, and of how many it is one
 */
export async function readUsualWait(
  db: Database,
  options: { resource: string; role: string; since: Date; latest: number },
): Promise<{ readonly medianMs: number | null; readonly count: number }> {
  const { resource, role, since, latest } = options;
  const [row] = await db.execute<{ medianMs: number | null; count: number }[]>(
    `select count(*)::float8 as "count",
            percentile_cont(0.5) within group (order by wait_ms) as "medianMs"
       from (select extract(epoch from decided_at - created_at)::float8 * 1000 as wait_ms
               from access_request
              where decided_at >= ? and resource = ? and role = ? and state = 'approved'
                and kind = 'access' and approval->>'kind' = 'votes'
              order by decided_at desc
              limit ?) as latest`,
    [since, resource, role, latest],
  );
  return row ?? { medianMs: null, count: 0 };
}
