import type { Database } from '../open-store.ts';

/** True when there is an incident of this name, or a request that is about one. */
export async function isKnownIncident(db: Database, options: { name: string }): Promise<boolean> {
  const [row] = await db.execute<{ known: boolean }[]>(
    `select exists (select 1 from incident where name = ?)
         or exists (select 1 from access_request where incident = ?) as known`,
    [options.name, options.name],
  );
  return row?.known === true;
}
