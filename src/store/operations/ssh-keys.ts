import { IdentityRow } from '../entities/identity.ts';
import { SshKeyRow } from '../entities/ssh-key.ts';
import type { Database } from '../open-store.ts';

/** Until the transaction ends nobody else registers this key, nor another for this person. */
export async function lockSshKeys(
  db: Database,
  options: { identityId: string; fingerprint: string },
): Promise<void> {
  for (const name of [`ssh-keys:${options.identityId}`, `ssh-key:${options.fingerprint}`])
    await db.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [name]);
}

export async function insertSshKey(
  db: Database,
  key: {
    id: string;
    identityId: string;
    fingerprint: string;
    type: string;
    blobBase64: string;
    label: string;
    createdAt: Date;
  },
): Promise<void> {
  const { identityId, ...rest } = key;
  await db.insert(SshKeyRow, { ...rest, identity: identityId, lastUsedAt: null });
}

/** Oldest first. */
export async function listSshKeys(
  db: Database,
  options: { identityId: string },
): Promise<readonly SshKeyRow[]> {
  return db.find(
    SshKeyRow,
    { identity: options.identityId },
    { populate: ['identity'], orderBy: { createdAt: 'asc', id: 'asc' }, disableIdentityMap: true },
  );
}

export async function findSshKey(db: Database, options: { fingerprint: string }): Promise<SshKeyRow | null> {
  return db.findOne(SshKeyRow, options, { populate: ['identity'], disableIdentityMap: true });
}

/** @returns the key that this call removed, or null */
export async function deleteSshKey(
  db: Database,
  options: { id: string; identityId: string },
): Promise<SshKeyRow | null> {
  const { id, identityId: identity } = options;
  const row = await db.findOne(
    SshKeyRow,
    { id, identity },
    { populate: ['identity'], disableIdentityMap: true },
  );
  const deleted = row === null ? 0 : await db.nativeDelete(SshKeyRow, { id, identity });
  return deleted === 1 ? row : null;
}

/** Told at most once in an interval: a key that is used all the time is not written all the time. */
export async function noteSshKeyUse(
  db: Database,
  options: { id: string; at: Date; unlessSince: Date },
): Promise<void> {
  const { id, at, unlessSince } = options;
  await db.nativeUpdate(
    SshKeyRow,
    { id, $or: [{ lastUsedAt: null }, { lastUsedAt: { $lt: unlessSince } }] },
    { lastUsedAt: at },
  );
}

/** Whom the identity provider named this key for, by its fingerprint. */
export async function listIdentitiesWithSshKey(
  db: Database,
  options: { issuer: string; fingerprint: string },
): Promise<readonly IdentityRow[]> {
  const rows = await db.execute<{ id: string }[]>(
    `select id from identity where kind = 'person' and issuer = ? and ssh_keys @> ?::jsonb order by id limit 2`,
    [options.issuer, JSON.stringify([options.fingerprint])],
  );
  return db.find(
    IdentityRow,
    { id: { $in: rows.map(({ id }) => id) } },
    { orderBy: { id: 'asc' }, disableIdentityMap: true },
  );
}
