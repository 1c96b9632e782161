/**
 * The secret of a connection: made when its holder reveals it, shown once, kept as a SCRAM-SHA-256
 * verifier only (RFC 5802 section 3; RFC 7677 for SHA-256).
 */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { base32, type ScramVerifier } from '../core/grant.ts';
import { Secret } from '../core/secret.ts';

/** 160 bits: no dictionary helps, so the iteration count only needs to satisfy RFC 7677 (4096 at least). */
const SECRET_BYTES = 20;
const SALT_BYTES = 16;
const ITERATIONS = 4_096;
const SHA256_BYTES = 32;

/** @returns 32 base32 characters and what is stored of them */
export function makeConnectionSecret(random: (bytes: number) => Uint8Array): {
  secret: Secret<string>;
  verifier: ScramVerifier;
} {
  const secret = base32(random(SECRET_BYTES));
  const salt = Buffer.from(random(SALT_BYTES));
  const saltedPassword = pbkdf2Sync(secret, salt, ITERATIONS, SHA256_BYTES, 'sha256');
  const clientKey = createHmac('sha256', saltedPassword).update('Client Key').digest();
  const verifier: ScramVerifier = {
    saltBase64: salt.toString('base64'),
    iterations: ITERATIONS,
    storedKeyBase64: createHash('sha256').update(clientKey).digest('base64'),
    serverKeyBase64: createHmac('sha256', saltedPassword).update('Server Key').digest('base64'),
  };
  return { secret: new Secret(secret), verifier };
}
