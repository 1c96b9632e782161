/**
 * The first keys of a deployment. A database from before there were generations has secrets that are sealed under the
 * master key itself: that one is its first root key.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import { openSecret, SIGNING_KEY_NAME, sealSecret } from '../../store/deployment-secrets.ts';
import type { DeploymentKeyRow } from '../../store/entities/deployment.ts';
import type { Store } from '../../store/open-store.ts';
import { insertDeploymentKey } from '../../store/operations/deployment.ts';
import { insertRootKey, listDeploymentKeys, listRootKeys } from '../../store/operations/keyring.ts';
import { ROOT_KEY_BYTES, type RootKey, rootKeyOf } from '../../store/sealing.ts';
import { checkedKey } from '../keys.ts';
import { contextOf, type KeyWrapper } from './wrapper.ts';

/**
 * Makes the first root key when there is none. Of replicas that start at once, the first one's stands.
 * @throws AppError `config_invalid` when a database from before was made with another master key
 */
export async function makeFirstRoot(input: {
  readonly store: Store;
  readonly primary: KeyWrapper;
  /** One of them may be the master key of a database from before. */
  readonly masterKeys: readonly Secret<Buffer>[];
  readonly now: Date;
}): Promise<void> {
  const { store, primary } = input;
  // In this order: whoever makes the first root key makes it before anything that is sealed under it.
  const sealed = await listDeploymentKeys(store.read());
  if ((await listRootKeys(store.read())).length > 0) return;
  const bytes = sealed.length === 0 ? randomBytes(ROOT_KEY_BYTES) : masterKeyOf(sealed, input.masterKeys);
  const { keyId } = rootKeyOf(bytes);
  const wrappedKey = await primary.wrap(bytes, contextOf(keyId));
  await insertRootKey(store.read(), {
    generation: 1,
    keyId,
    wrappedBy: primary.name,
    wrappedKey,
    createdAt: input.now,
  });
}

/** The one that everything there is sealed under. */
function masterKeyOf(sealed: readonly DeploymentKeyRow[], masterKeys: readonly Secret<Buffer>[]): Buffer {
  const opens = (bytes: Buffer): boolean =>
    sealed.every(({ name, publicKeyPem: publicPart, sealedPrivateKey }) => {
      try {
        openSecret({ root: rootKeyOf(bytes), name, publicPart, sealed: sealedPrivateKey }).fill(0);
        return true;
      } catch {
        return false;
      }
    });
  const found = masterKeys.map(checkedKey).find(opens);
  if (found !== undefined) return Buffer.from(found);
  throw new AppError(
    'config_invalid',
    masterKeys.length === 0
      ? 'This database was made with a master key. Give it as SALLYPORT_MASTER_KEY until its root keys are wrapped by the key management service: sallyport keys rotate'
      : 'The master key does not open the stored signing key. Start with the master key that this database was made with.',
  );
}

/** Makes the first signing key; a second one under its name changes nothing. */
export async function makeFirstSigner(input: {
  readonly store: Store;
  readonly root: RootKey;
  readonly now: Date;
}): Promise<void> {
  const { root } = input;
  const { publicPart, secret } = makeKeyPair();
  await insertDeploymentKey(input.store.read(), {
    name: SIGNING_KEY_NAME,
    publicKeyPem: publicPart,
    sealedPrivateKey: sealSecret({ root, name: SIGNING_KEY_NAME, publicPart, secret }),
    sealedBy: root.keyId,
    createdAt: input.now,
  });
  secret.fill(0);
}

/** Ed25519: PEM, and PKCS #8 in DER. */
export function makeKeyPair(): { readonly publicPart: string; readonly secret: Buffer } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    publicPart: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    secret: privateKey.export({ type: 'pkcs8', format: 'der' }),
  };
}
