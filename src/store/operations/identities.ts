import { IdentityRow, WebSessionRow } from '../entities/identity.ts';
import type { Database } from '../open-store.ts';
import { rowReader } from '../read-rows.ts';

const readWebSessions = rowReader(WebSessionRow, { alias: 's', with: ['identity'] });

/**
 * Inserts or refreshes the identity known by (issuer, subject). What is known from later than `at` stays.
 * @returns its row, with the id it had before if it was known
 */
export async function upsertIdentity(
  db: Database,
  identity: {
    id: string;
    kind: 'person' | 'workload';
    issuer: string;
    subject: string;
    email: string;
    name: string;
    groups: readonly string[];
    /** Null or left out where nothing was said about them: what is known stays. */
    sshKeys?: readonly string[] | null;
    at: Date;
  },
): Promise<IdentityRow> {
  const { at, groups, sshKeys = null, ...rest } = identity;
  const keys = sshKeys === null ? null : JSON.stringify(sshKeys);
  await db.execute(
    `insert into identity (id, kind, issuer, subject, email, name, groups, ssh_keys, groups_seen_at, created_at)
     values (?, ?, ?, ?, ?, ?, ?::jsonb, coalesce(?::jsonb, '[]'), ?::timestamptz, ?::timestamptz)
     on conflict (issuer, subject) do update
        set kind = excluded.kind, email = excluded.email, name = excluded.name,
            groups = excluded.groups, groups_seen_at = excluded.groups_seen_at,
            ssh_keys = coalesce(?::jsonb, identity.ssh_keys)
      where identity.groups_seen_at <= excluded.groups_seen_at`,
    [
      rest.id,
      rest.kind,
      rest.issuer,
      rest.subject,
      rest.email,
      rest.name,
      JSON.stringify(groups),
      keys,
      at.toISOString(),
      at.toISOString(),
      keys,
    ],
  );
  return db.findOneOrFail(
    IdentityRow,
    { issuer: rest.issuer, subject: rest.subject },
    { disableIdentityMap: true },
  );
}

export async function findIdentityBySubject(
  db: Database,
  options: { issuer: string; subject: string },
): Promise<IdentityRow | null> {
  return db.findOne(
    IdentityRow,
    { issuer: options.issuer, subject: options.subject },
    { disableIdentityMap: true },
  );
}

export async function insertWebSession(
  db: Database,
  session: {
    idSha256: string;
    identityId: string;
    signedInAt: Date | null;
    createdAt: Date;
    expiresAt: Date;
  },
): Promise<void> {
  const { identityId, ...rest } = session;
  await db.insert(WebSessionRow, { ...rest, identity: identityId });
}

/** @returns a live web session with its identity, or null */
export async function findWebSession(
  db: Database,
  options: { idSha256: string; now: Date },
): Promise<WebSessionRow | null> {
  const [found] = await readWebSessions(db, {
    where: 's.id_sha256 = ? and s.expires_at > ?',
    values: [options.idSha256, options.now.toISOString()],
  });
  return found ?? null;
}

export async function deleteWebSession(db: Database, options: { idSha256: string }): Promise<void> {
  await db.nativeDelete(WebSessionRow, { idSha256: options.idSha256 });
}

export async function deleteExpiredWebSessions(db: Database, options: { now: Date }): Promise<number> {
  return db.nativeDelete(WebSessionRow, { expiresAt: { $lte: options.now } });
}
