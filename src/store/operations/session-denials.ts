import type { Database } from '../open-store.ts';

/**
 * Of these sessions those in which commands were denied that the log does not tell of yet; it is taken to tell of
 * them from here on.
 */
export async function takeNewDenials(
  db: Database,
  options: { readonly sessions: readonly { readonly id: string; readonly denied: number }[] },
): Promise<readonly { readonly id: string; readonly denied: number }[]> {
  const denied = options.sessions.filter((session) => session.denied > 0);
  if (denied.length === 0) return [];
  const rows = await db.execute<{ id: string; denied: string }[]>(
    `with before as (
       select s.id, s.denied_told from session s
         join jsonb_to_recordset(?::jsonb) as noted (id text, denied bigint) on noted.id = s.id
        where noted.denied > s.denied_told for update of s)
     update session set denied_told = noted.denied
       from before join jsonb_to_recordset(?::jsonb) as noted (id text, denied bigint) on noted.id = before.id
      where session.id = before.id
      returning session.id, (noted.denied - before.denied_told)::text as denied`,
    [JSON.stringify(denied), JSON.stringify(denied)],
  );
  return rows.map(({ id, denied: count }) => ({ id, denied: Number(count) }));
}
