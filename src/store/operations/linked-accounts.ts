import { IdentityRow } from '../entities/identity.ts';
import type { Database } from '../open-store.ts';

/** Every account of the people with these e-mail addresses, in whatever case they are written. */
export async function listLinkedAccounts(
  db: Database,
  options: { emails: readonly string[] },
): Promise<readonly IdentityRow[]> {
  if (options.emails.length === 0) return [];
  const found = await db.execute<{ id: string }[]>(
    `select id from identity where kind = 'person' and lower(email) in (select lower(jsonb_array_elements_text(?::jsonb)))`,
    [JSON.stringify(options.emails)],
  );
  const ids = found.map(({ id }) => id);
  return db.find(IdentityRow, { id: { $in: ids } }, { orderBy: { id: 'asc' }, disableIdentityMap: true });
}
