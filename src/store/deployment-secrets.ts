/**
 * Secrets that a deployment makes once and that stay the same afterwards. They rest in `deployment_key`, sealed under
 * the root key that was the newest then; a rotation of root keys seals them anew. docs/keys.md.
 */
import { randomBytes } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import type { Database, Store } from './open-store.ts';
import { findDeploymentKey, insertDeploymentKey } from './operations/deployment.ts';
import { listDeploymentKeys, setSealing } from './operations/keyring.ts';
import { type RootKey, type RootKeys, seal, unseal } from './sealing.ts';

/** What the names of signing keys begin with. */
export const SIGNING_KEY_NAME = 'recording-signing';
export const CERTIFICATE_NAME = 'broker-certificate';

interface SealedSecret {
  readonly name: string;
  /** What of it is public: nobody can put another beside it. */
  readonly publicPart: string;
  readonly sealed: Uint8Array;
}

/** A secret in clear, for as long as nobody has overwritten it. */
export interface DeploymentSecret {
  readonly publicPart: string;
  readonly secret: Buffer;
}

/**
 * The secret of this name; made when there is none. Of replicas that start at once, one wins.
 * @throws AppError `config_invalid` when the keyring does not open it
 */
export async function keepDeploymentSecret(input: {
  readonly store: Store;
  readonly roots: RootKeys;
  readonly name: string;
  readonly now: Date;
  readonly make: () => Promise<DeploymentSecret>;
}): Promise<DeploymentSecret> {
  const { store, roots, name } = input;
  const known = await findDeploymentKey(store.read(), { name });
  if (known === null) {
    const { publicPart, secret } = await input.make();
    const root = roots.newestRoot;
    await insertDeploymentKey(store.read(), {
      name,
      publicKeyPem: publicPart,
      sealedPrivateKey: sealSecret({ root, name, publicPart, secret }),
      sealedBy: root.keyId,
      createdAt: input.now,
    });
    secret.fill(0);
  }
  const kept = known ?? (await findDeploymentKey(store.read(), { name }));
  if (kept === null) throw new AppError('unavailable', `${name} was stored but cannot be read back.`);
  const { publicKeyPem: publicPart, sealedPrivateKey: sealed } = kept;
  const root = await roots.findRoot(kept.sealedBy ?? null);
  if (root === null) throw notOpened(name, null);
  return { publicPart, secret: openSecret({ root, name, publicPart, sealed }) };
}

export function sealSecret(input: {
  readonly root: RootKey;
  readonly name: string;
  readonly publicPart: string;
  readonly secret: Uint8Array;
}): Buffer {
  const { root, name, publicPart, secret } = input;
  const associated = Buffer.from(publicPart);
  return seal({ key: root.derive(useOf(name)), plaintext: secret, associated, random: randomBytes });
}

/** @throws AppError `config_invalid` */
export function openSecret({
  root,
  name,
  publicPart,
  sealed,
}: SealedSecret & { readonly root: RootKey }): Buffer {
  try {
    return unseal({ key: root.derive(useOf(name)), sealed, associated: Buffer.from(publicPart) });
  } catch (error) {
    throw notOpened(name, error);
  }
}

/** Seals whatever rests sealed under another root key, in the transaction that makes it the newest. */
export async function sealAnew(
  db: Database,
  options: { readonly to: RootKey; readonly from: (keyId: string | null) => RootKey | null },
): Promise<void> {
  const { to } = options;
  for (const row of await listDeploymentKeys(db)) {
    const { name, publicKeyPem: publicPart, sealedPrivateKey: sealed } = row;
    const from = options.from(row.sealedBy ?? null);
    if (from === null) throw notOpened(name, null);
    const secret = openSecret({ root: from, name, publicPart, sealed });
    const sealedPrivateKey = sealSecret({ root: to, name, publicPart, secret });
    secret.fill(0);
    await setSealing(db, { name, sealedBy: to.keyId, sealedPrivateKey });
  }
}

/** What the sealing key is derived for: no secret opens as another. */
function useOf(name: string): string {
  if (name.startsWith(SIGNING_KEY_NAME)) return 'sallyport signing key seal v1';
  if (name === CERTIFICATE_NAME) return 'sallyport certificate key seal v1';
  return `sallyport ${name} seal v1`;
}

function notOpened(name: string, cause: unknown): AppError {
  return new AppError(
    'config_invalid',
    `The keyring does not open the stored key ${name}. Start with the master key, or the key management service, and the database that belong together.`,
    { cause },
  );
}
