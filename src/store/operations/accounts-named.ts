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

/** People whose name or address holds what was typed, in whatever case; by name, each address once. */
export async function listPeopleLike(
  db: Database,
  options: { readonly typed: string; readonly limit: number },
): Promise<readonly { readonly name: string; readonly email: string }[]> {
  return db.execute<{ name: string; email: string }[]>(
    `select name, email from (
       select distinct on (lower(email)) name, email from identity
        where kind = 'person' and (position(lower(?) in lower(name)) > 0 or position(lower(?) in lower(email)) > 0)
        order by lower(email), id) found
      order by lower(name), lower(email) limit ?`,
    [options.typed, options.typed, options.limit],
  );
}
