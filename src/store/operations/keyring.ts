import { DeploymentKeyRow, RootKeyRow } from '../entities/deployment.ts';
import { EventRow } from '../entities/event.ts';
import type { Database } from '../open-store.ts';

/** Any number will do, as long as every replica uses the same one. */
const KEYRING_LOCK = 7_180_010;
/** A rotation takes milliseconds. */
const PATIENCE_MS = 10_000;

/** Until the transaction ends nobody else changes the keyring. */
export async function lockKeyring(db: Database): Promise<void> {
  await db.execute(`set local lock_timeout = ${PATIENCE_MS}`);
  await db.execute('select pg_advisory_xact_lock(?)', [KEYRING_LOCK]);
}

/** All of them, the oldest first. */
export async function listRootKeys(db: Database): Promise<readonly RootKeyRow[]> {
  return db.find(RootKeyRow, {}, { orderBy: { generation: 'asc' }, disableIdentityMap: true });
}

/** The first one of a generation stands; a second insert changes nothing. */
export async function insertRootKey(
  db: Database,
  key: {
    readonly generation: number;
    readonly keyId: string;
    readonly wrappedBy: string;
    readonly wrappedKey: Buffer;
    readonly createdAt: Date;
  },
): Promise<void> {
  await db.upsert(RootKeyRow, key, { onConflictFields: ['generation'], onConflictAction: 'ignore' });
}

export async function setRootKeyWrapping(
  db: Database,
  key: { readonly generation: number; readonly wrappedBy: string; readonly wrappedKey: Buffer },
): Promise<void> {
  const { generation, wrappedBy, wrappedKey } = key;
  await db.nativeUpdate(RootKeyRow, { generation }, { wrappedBy, wrappedKey });
}

/** Whatever rests sealed. */
export async function listDeploymentKeys(db: Database): Promise<readonly DeploymentKeyRow[]> {
  return db.find(DeploymentKeyRow, {}, { orderBy: { name: 'asc' }, disableIdentityMap: true });
}

/** The signing keys with these names' beginning, the first one first. */
export async function listSigningKeys(
  db: Database,
  options: { readonly name: string },
): Promise<readonly DeploymentKeyRow[]> {
  return db.find(
    DeploymentKeyRow,
    { name: { $like: `${options.name}%` } },
    { orderBy: { number: 'asc' }, disableIdentityMap: true },
  );
}

export async function setSealing(
  db: Database,
  key: { readonly name: string; readonly sealedBy: string; readonly sealedPrivateKey: Buffer },
): Promise<void> {
  const { name, sealedBy, sealedPrivateKey } = key;
  await db.nativeUpdate(DeploymentKeyRow, { name }, { sealedBy, sealedPrivateKey });
}

/** Which of these subjects an event of this type with a place in the chain tells of. */
export async function listPlacedSubjects(
  db: Database,
  options: { readonly type: string; readonly subjects: readonly string[] },
): Promise<readonly string[]> {
  const rows = await db.find(
    EventRow,
    { type: options.type, subject: { $in: [...options.subjects] }, sequence: { $ne: null } },
    { fields: ['subject'], disableIdentityMap: true },
  );
  return rows.map(({ subject }) => subject);
}

/** What the newest keys are: cheap enough to be asked for every other second. */
export async function readKeyringExtent(
  db: Database,
  options: { readonly signing: string },
): Promise<{ readonly generation: number; readonly number: number }> {
  const [row] = await db.execute<{ generation: number | null; number: number | null }[]>(
    `select (select max(generation) from root_key) as generation,
            (select max(number) from deployment_key where name like ?) as number`,
    [`${options.signing}%`],
  );
  return { generation: row?.generation ?? 0, number: row?.number ?? 0 };
}
