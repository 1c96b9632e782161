import type { Database } from '../open-store.ts';

/**
 * Until the transaction ends nobody else gets the recordings of these sessions.
 * @returns those that were free
 */
export async function lockRecordings(
  db: Database,
  options: { sessionIds: readonly string[] },
): Promise<readonly string[]> {
  const rows = await db.execute<{ id: string }[]>(
    `select id from jsonb_array_elements_text(?::jsonb) as session (id)
      where pg_try_advisory_xact_lock(hashtextextended('recording:' || id, 0))`,
    [JSON.stringify(options.sessionIds)],
  );
  return rows.map((row) => row.id);
}
