/**
 * The keys that recordings are written and read with: a root key wraps each file's data key, an Ed25519 key signs its
 * checkpoints. A file keeps both from its header to its seal; the next one takes the newest. docs/recording-format.md,
 * "Keys"; where they come from is `keyring/keyring.ts`.
 */
import { createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import type { Secret } from '../core/secret.ts';
import { type RandomBytes, ROOT_KEY_BYTES, type RootKey, rootKeyOf, seal, unseal } from '../store/sealing.ts';
import { encodeBundle, type PublicKey, publicKeyOf, type TrustedKey } from '../store/signing-chain.ts';

/** Wraps the data keys of files. */
export interface WrappingKey {
  /** Names the root key without revealing it: 16 hex characters. */
  readonly keyId: string;
  /** AES-256-GCM: nonce (12) || ciphertext || tag (16). */
  wrapDataKey(key: Uint8Array, associated: Uint8Array): Uint8Array;
  /** @throws Error unless the same root key wrapped it with the same associated data */
  unwrapDataKey(wrapped: Uint8Array, associated: Uint8Array): Uint8Array;
}

export interface SigningKey {
  readonly publicKey: PublicKey;
  /** Ed25519 (RFC 8032). */
  sign(message: Uint8Array): Uint8Array;
}

/** What one recording is written with, from its header to its seal. */
export interface FileKeys extends WrappingKey, SigningKey {}

export interface RecordingKeys {
  /** For what begins now. */
  readonly newest: FileKeys;
  /** The first public key and those that follow from it. */
  readonly trusted: TrustedKey;
  /** The same as `signing-key.pub` holds it. */
  readonly publicKeyPem: string;
  /** @returns null for keys that are not this deployment's; what is not known yet is looked for in the store */
  find(named: { readonly keyId: string; readonly signingKeySha256: string }): Promise<FileKeys | null>;
  /** The same for a journal, which nobody signs. */
  findWrapping(keyId: string): Promise<WrappingKey | null>;
}

/** Where keys come from; the newest stand last. */
export interface KeySource {
  readonly wrapping: readonly WrappingKey[];
  readonly signing: readonly SigningKey[];
  readonly trusted: TrustedKey;
  /** Reads the store again. */
  lookAgain(): Promise<void>;
}

/** @param random feeds the nonces of wrapped data keys */
export function wrappingKeyOf(root: RootKey, random: RandomBytes = randomBytes): WrappingKey {
  const key = root.derive('sallyport recording data key wrap v1');
  return {
    keyId: root.keyId,
    wrapDataKey: (plaintext, associated) => seal({ key, plaintext, associated, random }),
    unwrapDataKey: (sealed, associated) => unseal({ key, sealed, associated }),
  };
}

export function signingKeyOf(privateKey: KeyObject): SigningKey {
  const der = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return { publicKey: publicKeyOf(der), sign: (message) => sign(null, message, privateKey) };
}

/** The keys of a source, whatever it comes to know. */
export function keysFrom(source: KeySource): RecordingKeys {
  const wrapping = (keyId: string) => source.wrapping.find((key) => key.keyId === keyId) ?? null;
  const signing = (sha256: string) =>
    source.signing.find(({ publicKey }) => publicKey.sha256 === sha256) ?? null;
  const known = ({ keyId, signingKeySha256 }: { keyId: string; signingKeySha256: string }) =>
    fileKeysOf(wrapping(keyId), signing(signingKeySha256));
  return {
    get newest() {
      const newest = fileKeysOf(source.wrapping.at(-1) ?? null, source.signing.at(-1) ?? null);
      if (newest === null) throw new AppError('internal', 'The keyring is empty.');
      return newest;
    },
    get trusted() {
      return source.trusted;
    },
    get publicKeyPem() {
      return encodeBundle(source.trusted);
    },
    find: async (named) => {
      const found = known(named);
      if (found !== null) return found;
      await source.lookAgain();
      return known(named);
    },
    findWrapping: async (keyId) => {
      const found = wrapping(keyId);
      if (found !== null) return found;
      await source.lookAgain();
      return wrapping(keyId);
    },
  };
}

/** Keys from their parts, of one generation each; `random` feeds the nonces of wrapped data keys. */
export function createRecordingKeys(input: {
  masterKey: Secret<Buffer>;
  signingKey: KeyObject;
  random?: RandomBytes;
}): RecordingKeys {
  const root = rootKeyOf(checkedKey(input.masterKey));
  const signingKey = signingKeyOf(input.signingKey);
  return keysFrom({
    wrapping: [wrappingKeyOf(root, input.random)],
    signing: [signingKey],
    trusted: signingKey.publicKey,
    lookAgain: async () => undefined,
  });
}

/** @throws AppError `config_invalid` unless it has 32 bytes */
export function checkedKey(masterKey: Secret<Buffer>): Buffer {
  const key = masterKey.reveal();
  if (key.length === ROOT_KEY_BYTES) return key;
  throw new AppError('config_invalid', `The master key has ${key.length} bytes; it needs ${ROOT_KEY_BYTES}.`);
}

function fileKeysOf(wrapping: WrappingKey | null, signing: SigningKey | null): FileKeys | null {
  return wrapping === null || signing === null ? null : { ...wrapping, ...signing };
}
