import type { Database } from '../open-store.ts';

/** The e-mail addresses, each once and in lower case, of the people whose address begins with this name and an @. */
export async function listAddressesNamed(
  db: Database,
  options: { readonly name: string; readonly limit: number },
): Promise<readonly string[]> {
  const rows = await db.execute<{ email: string }[]>(
    `select distinct lower(email) as email from identity
      where kind = 'person' and split_part(lower(email), '@', 1) = lower(?) order by 1 limit ?`,
    [options.name, options.limit],
  );
  return rows.map((row) => row.email);
}
