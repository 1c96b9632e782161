/** Public keys that say who somebody is at a host: which there are, and whose they are. */
import { AppError } from '../core/errors.ts';
import type { Identity, Person } from '../core/identity.ts';
import { parseSshPublicKey } from '../core/ssh-public-key.ts';
import { personOf } from '../identity/persons.ts';
import { sshFingerprint } from '../identity/ssh-key-claims.ts';
import type { SshKeyRow } from '../store/entities/ssh-key.ts';
import type { Database } from '../store/open-store.ts';
import { findIdentities } from '../store/operations/people.ts';
import {
  deleteSshKey,
  findSshKey,
  insertSshKey,
  listIdentitiesWithSshKey,
  listSshKeys,
  lockSshKeys,
  noteSshKeyUse,
} from '../store/operations/ssh-keys.ts';
import { type AccessContext, newId } from './context.ts';
import { askForJob, recordEvent } from './record.ts';

export interface SshKeyView {
  /** `k-…`; of one that the identity provider names, its fingerprint. */
  readonly id: string;
  /** `SHA256:…`, as ssh-keygen shows it. */
  readonly fingerprint: string;
  /** Null where only the fingerprint is known. */
  readonly type: string | null;
  readonly label: string;
  readonly source: 'registered' | 'identity-provider';
  readonly createdAt: Date | null;
  readonly lastUsedAt: Date | null;
}

const KEYS_MAX = 20;
const LABEL_CHARACTERS_MAX = 100;
const USE_NOTED_EVERY_MS = 60_000;

/**
 * @param input.line of a file such as id_ed25519.pub
 * @param input.label the key's comment when left out
 * @throws AppError `invalid_input` for what is no usable key, `conflict` for one that is somebody's already and beyond
 *   20 keys, `forbidden` for workloads
 */
export async function registerKey(
  context: AccessContext,
  input: { line: string; label?: string | null; by: Identity },
): Promise<SshKeyView> {
  const { by } = input;
  if (by.kind !== 'person')
    throw new AppError('forbidden', 'A workload shows its token as the password: it has no keys.');
  const { type, blobBase64, comment } = parseSshPublicKey(input.line);
  const fingerprint = sshFingerprint(Buffer.from(blobBase64, 'base64'));
  const label = labelOf(input.label ?? comment) || fingerprint.slice(0, LABEL_CHARACTERS_MAX);
  const at = context.clock.now();
  const id = newId(context, 'k');
  return context.store.transaction(async (db) => {
    await lockSshKeys(db, { identityId: by.id, fingerprint });
    const owner = await ownerOf(context, db, fingerprint);
    if (owner !== null) {
      const whose = owner === by.id ? 'It is one of your keys already' : 'It is the key of somebody else';
      throw new AppError('conflict', `${whose} (${fingerprint}).`);
    }
    if ((await listSshKeys(db, { identityId: by.id })).length >= KEYS_MAX)
      throw new AppError('conflict', `You have ${KEYS_MAX} keys, which is the limit. Remove one first.`);
    await insertSshKey(db, { id, identityId: by.id, fingerprint, type, blobBase64, label, createdAt: at });
    await recordEvent(db, {
      at,
      type: 'ssh-key.registered',
      actorId: by.id,
      subject: id,
      data: { fingerprint, type, label },
    });
    await askForJob(
      db,
      { job: 'tell-key-change', payload: { keyId: id, change: 'registered' } },
      { now: at },
    );
    return viewOf({ id, fingerprint, type, label, createdAt: at, lastUsedAt: null });
  });
}

/** The caller's own, oldest first, and those that the identity provider named for them at their last sign-in. */
export async function listKeys(
  context: AccessContext,
  input: { by: Identity },
): Promise<readonly SshKeyView[]> {
  const db = context.store.read();
  const own = await listSshKeys(db, { identityId: input.by.id });
  const registered = own.map(viewOf);
  if (providerOf(context) === null) return registered;
  const [known] = await findIdentities(db, { ids: [input.by.id] });
  const named = (known?.sshKeys ?? []).map(
    (fingerprint): SshKeyView => ({
      id: fingerprint,
      fingerprint,
      type: null,
      label: 'from the identity provider',
      source: 'identity-provider',
      createdAt: null,
      lastUsedAt: null,
    }),
  );
  return [...registered, ...named];
}

/**
 * From now on nobody logs in with it; sessions that did stay, as long as their grant.
 * @throws AppError `not_found` unless it is a registered key of the caller's
 */
export async function removeKey(
  context: AccessContext,
  input: { id: string; by: Identity },
): Promise<SshKeyView> {
  const { id, by } = input;
  if (id.startsWith('SHA256:'))
    throw new AppError('not_found', 'A key that the identity provider names is removed there. Then sign in.');
  return context.store.transaction(async (db) => {
    const row = await deleteSshKey(db, { id, identityId: by.id });
    if (row === null) throw new AppError('not_found', `You have no key ${id.slice(0, 40)}.`);
    const { fingerprint, type, label } = row;
    const at = context.clock.now();
    await recordEvent(db, {
      at,
      type: 'ssh-key.removed',
      actorId: by.id,
      subject: id,
      data: { fingerprint, type, label },
    });
    await askForJob(db, { job: 'tell-key-change', payload: { keyId: id, change: 'removed' } }, { now: at });
    return viewOf(row);
  });
}

/**
 * Whose a public key is. That its owner holds the private half is for the caller to check.
 * @param input.blob as in RFC 4253, section 6.6
 * @returns null for a key that is nobody's, or more than one person's, and when the identity provider that vouched for
 *   its person is not the configured one
 */
export async function personWithKey(
  context: Pick<AccessContext, 'store' | 'policy'>,
  input: { blob: Uint8Array },
): Promise<Person | null> {
  const oidc = context.policy.current().document.identity.oidc;
  if (oidc === undefined) return null;
  const fingerprint = sshFingerprint(input.blob);
  const db = context.store.read();
  // What the identity provider says counts before what somebody says of themselves.
  if (oidc.sshKeysClaim !== undefined) {
    const named = await listIdentitiesWithSshKey(db, { issuer: oidc.issuer, fingerprint });
    const [person, another] = named;
    if (another !== undefined) return null;
    if (person !== undefined) return personOf(person);
  }
  const registered = await findSshKey(db, { fingerprint });
  return registered?.identity.issuer === oidc.issuer ? personOf(registered.identity) : null;
}

/** Tells the owner of a registered key when it was last logged in with; at most once a minute. */
export async function noteKeyUse(context: AccessContext, input: { blob: Uint8Array }): Promise<void> {
  const db = context.store.read();
  const row = await findSshKey(db, { fingerprint: sshFingerprint(input.blob) });
  if (row === null) return;
  const at = context.clock.now();
  const unlessSince = new Date(at.getTime() - USE_NOTED_EVERY_MS);
  await noteSshKeyUse(db, { id: row.id, at, unlessSince });
}

/** Id of whom it belongs to, whoever says so; null for a key that is nobody's. */
async function ownerOf(context: AccessContext, db: Database, fingerprint: string): Promise<string | null> {
  const registered = await findSshKey(db, { fingerprint });
  const issuer = providerOf(context);
  if (registered !== null || issuer === null) return registered?.identity.id ?? null;
  const [named] = await listIdentitiesWithSshKey(db, { issuer, fingerprint });
  return named?.id ?? null;
}

/** The issuer, where it names keys. */
function providerOf({ policy }: Pick<AccessContext, 'policy'>): string | null {
  const oidc = policy.current().document.identity.oidc;
  return oidc?.sshKeysClaim === undefined ? null : oidc.issuer;
}

/** One line that a terminal and a page can show. */
function labelOf(text: string): string {
  return text
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, LABEL_CHARACTERS_MAX);
}

function viewOf(
  row: Pick<SshKeyRow, 'id' | 'fingerprint' | 'type' | 'label' | 'createdAt' | 'lastUsedAt'>,
): SshKeyView {
  const { id, fingerprint, type, label, createdAt } = row;
  return {
    id,
    fingerprint,
    type,
    label,
    source: 'registered',
    createdAt,
    lastUsedAt: row.lastUsedAt ?? null,
  };
}
