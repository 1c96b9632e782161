import { readFile } from 'node:fs/promises';
import { AppError, messageOf } from '../core/errors.ts';
import { type PublicKey, parsePublicKey } from '../recording/public-key.ts';

export interface PublicKeyFile extends PublicKey {
  readonly pem: string;
}

/** @throws AppError `not_found` when it cannot be read, `invalid_input` when it holds no Ed25519 key */
export async function readPublicKey(file: string): Promise<PublicKeyFile> {
  let pem: string;
  try {
    pem = await readFile(file, 'utf8');
  } catch (error) {
    const text = `Cannot read the public key ${file}: ${messageOf(error)}`;
    throw new AppError('not_found', text, { cause: error });
  }
  return { pem, ...parsePublicKey(pem) };
}
