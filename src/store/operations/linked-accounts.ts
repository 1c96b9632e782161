import { IdentityRow } from '../entities/identity.ts';
import type { Database } from '../open-store.ts';
import { rowReader } from '../read-rows.ts';

const readIdentities = rowReader(IdentityRow, { alias: 'i', with: [] });

/** Every account of the people with these e-mail addresses, in whatever case they are written. */
export async function listLinkedAccounts(
  db: Database,
  options: { emails: readonly string[] },
): Promise<readonly IdentityRow[]> {
  if (options.emails.length === 0) return [];
  return readIdentities(db, {
    where: `i.kind = 'person' and lower(i.email) in (select lower(jsonb_array_elements_text(?::jsonb)))`,
    values: [JSON.stringify(options.emails)],
    orderBy: 'i.id',
  });
}
