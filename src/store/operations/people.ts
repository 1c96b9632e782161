/** People as others name them: by id, by address, by what they are. */
import { IdentityRow } from '../entities/identity.ts';
import type { Database } from '../open-store.ts';

export async function findIdentities(
  db: Database,
  options: { ids: readonly string[] },
): Promise<readonly IdentityRow[]> {
  return db.find(IdentityRow, { id: { $in: [...options.ids] } }, { disableIdentityMap: true });
}

/**
 * Everybody whom an id or an e-mail address names: with a person, those who have the same address, since one
 * person can be known twice.
 */
export async function listIdentitiesNamed(
  db: Database,
  options: { name: string },
): Promise<readonly IdentityRow[]> {
  const rows = await db.execute<{ id: string }[]>(
    `select other.id from identity named
       join identity other on other.id = named.id
         or (named.kind = 'person' and other.kind = 'person' and lower(other.email) = lower(named.email))
      where named.id = ? or (named.kind = 'person' and lower(named.email) = lower(?))
      group by other.id`,
    [options.name, options.name],
  );
  return findIdentities(db, { ids: rows.map((row) => row.id) });
}

/** People who had one of these claims when they last signed in, by name. */
export async function listPeopleWithClaims(
  db: Database,
  options: { claims: readonly string[]; limit: number },
): Promise<readonly IdentityRow[]> {
  const rows = await db.execute<{ id: string }[]>(
    `select id from identity
      where kind = 'person'
        and (jsonb_exists(?::jsonb, 'person:' || lower(email))
             or exists (select 1 from jsonb_array_elements_text(groups) held where jsonb_exists(?::jsonb, 'group:' || held)))
      order by name, id limit ?`,
    [JSON.stringify(options.claims), JSON.stringify(options.claims), options.limit],
  );
  const people = await findIdentities(db, { ids: rows.map((row) => row.id) });
  return rows.flatMap((row) => people.filter((person) => person.id === row.id));
}
