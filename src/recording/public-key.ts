/** The public half of the signing key, as a verifier is given it. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import { sha256 } from './chain.ts';

export interface PublicKey {
  readonly key: KeyObject;
  /** Hex SHA-256 of the key as SubjectPublicKeyInfo in DER: what recordings name it by. */
  readonly sha256: string;
}

/**
 * Reads an Ed25519 public key in PEM.
 * @throws AppError `invalid_input` for anything else
 */
export function parsePublicKey(publicKeyPem: string): PublicKey {
  try {
    const key = createPublicKey(publicKeyPem);
    if (key.asymmetricKeyType !== 'ed25519') throw new Error(`its type is ${key.asymmetricKeyType}`);
    return { key, sha256: sha256(key.export({ type: 'spki', format: 'der' })).toString('hex') };
  } catch (error) {
    throw new AppError('invalid_input', 'The public key is not an Ed25519 key in PEM.', { cause: error });
  }
}
