/**
 * The deployment's recording keys. From the master key are derived: a key that wraps each session's
 * data key and one that seals the Ed25519 signing key, which rests in the store so that every
 * replica signs alike. docs/recording-format.md, "Keys".
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { type Clock, systemClock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Secret } from '../core/secret.ts';
import type { Store } from '../store/open-store.ts';
import { findDeploymentKey, insertDeploymentKey } from '../store/operations/deployment.ts';
import { derive, type RandomBytes, seal, unseal } from '../store/sealing.ts';

const MASTER_KEY_BYTES = 32;
const KEY_ID_BYTES = 8;
const SIGNING_KEY_NAME = 'recording-signing';

export interface RecordingKeys {
  /** Names the master key without revealing it: 16 hex characters. */
  readonly keyId: string;
  /** SubjectPublicKeyInfo, PEM. */
  readonly publicKeyPem: string;
  /** AES-256-GCM: nonce (12) || ciphertext || tag (16). */
  wrapDataKey(key: Uint8Array, associated: Uint8Array): Uint8Array;
  /** @throws Error unless the same master key wrapped it with the same associated data */
  unwrapDataKey(wrapped: Uint8Array, associated: Uint8Array): Uint8Array;
  /** Ed25519 (RFC 8032). */
  sign(message: Uint8Array): Uint8Array;
}

export interface DeploymentKey {
  readonly publicKeyPem: string;
  readonly sealedPrivateKey: Uint8Array;
}

/** What is needed of the store: the `deployment_key` table, where the first insert of a name stands. */
export interface DeploymentKeyStore {
  readDeploymentKey(name: string): Promise<DeploymentKey | null>;
  /** Does nothing when the name exists already. */
  insertDeploymentKey(key: DeploymentKey & { readonly name: string }): Promise<void>;
}

/**
 * Opens the deployment's keys and makes them on the first start. When two replicas start at once,
 * both end with the key that was stored first.
 * @throws AppError `config_invalid` for a master key that is not 32 bytes or not the one that sealed
 *   the stored signing key
 */
export async function openRecordingKeys(input: {
  store: Store;
  masterKey: Secret<Buffer>;
  clock?: Clock;
}): Promise<RecordingKeys> {
  const { store, clock = systemClock } = input;
  const keyStore: DeploymentKeyStore = {
    readDeploymentKey: (name) => findDeploymentKey(store.read(), { name }),
    insertDeploymentKey: (key) =>
      store.transaction((db) =>
        insertDeploymentKey(db, {
          ...key,
          sealedPrivateKey: Buffer.from(key.sealedPrivateKey),
          createdAt: clock.now(),
        }),
      ),
  };
  return openKeysIn({ store: keyStore, masterKey: input.masterKey });
}

/** `openRecordingKeys` over anything that keeps deployment keys. */
export async function openKeysIn(input: {
  store: DeploymentKeyStore;
  masterKey: Secret<Buffer>;
}): Promise<RecordingKeys> {
  const { masterKey } = input;
  const sealing = checkedMasterKey(masterKey);
  const stored = await input.store.readDeploymentKey(SIGNING_KEY_NAME);
  if (stored !== null) return keysOf(stored, masterKey);
  await input.store.insertDeploymentKey({ name: SIGNING_KEY_NAME, ...makeSealedKey(sealing) });
  const winner = await input.store.readDeploymentKey(SIGNING_KEY_NAME);
  if (winner === null)
    throw new AppError('unavailable', 'The signing key was stored but cannot be read back.');
  return keysOf(winner, masterKey);
}

/** Keys from their parts; `random` feeds the nonces of wrapped data keys. */
export function createRecordingKeys(input: {
  masterKey: Secret<Buffer>;
  signingKey: KeyObject;
  random?: RandomBytes;
}): RecordingKeys {
  const masterKey = checkedMasterKey(input.masterKey);
  const random = input.random ?? randomBytes;
  const wrappingKey = derive(masterKey, 'sallyport recording data key wrap v1');
  return {
    keyId: derive(masterKey, 'sallyport master key id v1').toString('hex', 0, KEY_ID_BYTES),
    publicKeyPem: createPublicKey(input.signingKey).export({ type: 'spki', format: 'pem' }).toString(),
    wrapDataKey: (key, associated) => seal({ key: wrappingKey, plaintext: key, associated, random }),
    unwrapDataKey: (wrapped, associated) => unseal({ key: wrappingKey, sealed: wrapped, associated }),
    sign: (message) => sign(null, message, input.signingKey),
  };
}

function checkedMasterKey(masterKey: Secret<Buffer>): Buffer {
  const key = masterKey.reveal();
  if (key.length !== MASTER_KEY_BYTES) {
    throw new AppError(
      'config_invalid',
      `The master key has ${key.length} bytes; it needs ${MASTER_KEY_BYTES}.`,
    );
  }
  return key;
}

function makeSealedKey(masterKey: Buffer): DeploymentKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const plaintext = privateKey.export({ type: 'pkcs8', format: 'der' });
  const sealedPrivateKey = seal({
    key: sealingKey(masterKey),
    plaintext,
    associated: Buffer.from(publicKeyPem),
    random: randomBytes,
  });
  plaintext.fill(0);
  return { publicKeyPem, sealedPrivateKey };
}

function keysOf(stored: DeploymentKey, masterKey: Secret<Buffer>): RecordingKeys {
  return createRecordingKeys({ masterKey, signingKey: openSealedKey(stored, masterKey.reveal()) });
}

function openSealedKey(stored: DeploymentKey, masterKey: Buffer): KeyObject {
  try {
    const associated = Buffer.from(stored.publicKeyPem);
    const der = unseal({ key: sealingKey(masterKey), sealed: stored.sealedPrivateKey, associated });
    return createPrivateKey({ key: der, type: 'pkcs8', format: 'der' });
  } catch (error) {
    throw new AppError(
      'config_invalid',
      'The master key does not open the stored signing key. Start with the master key that this database was made with.',
      { cause: error },
    );
  }
}

function sealingKey(masterKey: Buffer): Buffer {
  return derive(masterKey, 'sallyport signing key seal v1');
}
