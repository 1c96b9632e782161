/**
 * Derivation of keys, and AES-256-GCM for the few small values that rest wrapped:
 * nonce (12) || ciphertext || tag (16).
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Bytes from a cryptographic source; passed in so that a test vector can fix them. */
export type RandomBytes = (count: number) => Uint8Array;

export function seal(input: {
  key: Uint8Array;
  plaintext: Uint8Array;
  associated: Uint8Array;
  random: RandomBytes;
}): Buffer {
  const nonce = input.random(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', input.key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(input.associated);
  return Buffer.concat([nonce, cipher.update(input.plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** @throws Error when the key, the associated data or a byte is not what it was sealed with */
export function unseal(input: { key: Uint8Array; sealed: Uint8Array; associated: Uint8Array }): Buffer {
  const { sealed } = input;
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new Error('sealed value is too short');
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', input.key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(input.associated);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const plaintext = decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES));
  return Buffer.concat([plaintext, decipher.final()]);
}

/** HKDF-SHA256 (RFC 5869) without salt: 32 bytes for one named use. */
export function derive(key: Uint8Array, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), use, 32));
}

/** A root key of the deployment's keyring. */
export interface RootKey {
  /** Names it without revealing it: 16 hex characters. */
  readonly keyId: string;
  /** 32 bytes for one named use. */
  derive(use: string): Buffer;
}

export interface RootKeys {
  /** What is sealed now is sealed under it. */
  readonly newestRoot: RootKey;
  /** @param keyId null for the first; one that is not known is looked for in the store */
  findRoot(keyId: string | null): Promise<RootKey | null>;
}

const KEY_ID_BYTES = 8;
export const ROOT_KEY_BYTES = 32;

/** A root key from its 32 bytes, which stay the caller's. */
export function rootKeyOf(bytes: Uint8Array): RootKey {
  const derivedFor = (use: string): Buffer => derive(bytes, use);
  return {
    keyId: derivedFor('sallyport master key id v1').toString('hex', 0, KEY_ID_BYTES),
    derive: derivedFor,
  };
}
