import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import type { Secret } from '../../../core/secret.ts';
import { hmacSha256, sha256 } from './proof.ts';

const deriveKey = promisify(pbkdf2);

/** PostgreSQL's default, and RFC 7677's least: the passwords are random, so more would only cost time. */
const ITERATIONS = 4_096;
const SHA256_BYTES = 32;

/**
 * What PostgreSQL keeps of a password, in the form that CREATE ROLE … PASSWORD takes as it is: the password
 * itself never travels, and no statement log of the target has it.
 * @param options.password ASCII, which SASLprep leaves alone
 * @param options.salt 16 random bytes
 */
export async function scramVerifierText(options: {
  readonly password: Secret<string>;
  readonly salt: Uint8Array;
}): Promise<string> {
  const { password, salt } = options;
  const salted = await deriveKey(password.reveal(), salt, ITERATIONS, SHA256_BYTES, 'sha256');
  const storedKey = sha256(hmacSha256(salted, 'Client Key')).toString('base64');
  const serverKey = hmacSha256(salted, 'Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${Buffer.from(salt).toString('base64')}$${storedKey}:${serverKey}`;
}
