/**
 * The secret of a connection: made when its holder reveals it, shown once, kept as a SCRAM-SHA-256
 * verifier only (RFC 5802 section 3; RFC 7677 for SHA-256).
 */
import { createHash, createHmac, pbkdf2, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { base32, type ScramVerifier } from '../core/grant.ts';
import { Secret } from '../core/secret.ts';

/** 160 bits: no dictionary helps, so the iteration count only needs to satisfy RFC 7677 (4096 at least). */
const SECRET_BYTES = 20;
const SALT_BYTES = 16;
const ITERATIONS = 4_096;
const SHA256_BYTES = 32;
/** Longer than any secret; what is longer is not hashed. */
const SECRET_CHARACTERS_MAX = 1_024;

const deriveKey = promisify(pbkdf2);

/** @returns 32 base32 characters and what is stored of them */
export function makeConnectionSecret(random: (bytes: number) => Uint8Array): {
  secret: Secret<string>;
  verifier: ScramVerifier;
} {
  const secret = base32(random(SECRET_BYTES));
  const salt = Buffer.from(random(SALT_BYTES));
  const saltedPassword = pbkdf2Sync(secret, salt, ITERATIONS, SHA256_BYTES, 'sha256');
  const verifier: ScramVerifier = {
    saltBase64: salt.toString('base64'),
    iterations: ITERATIONS,
    storedKeyBase64: storedKey(saltedPassword).toString('base64'),
    serverKeyBase64: createHmac('sha256', saltedPassword).update('Server Key').digest('base64'),
  };
  return { secret: new Secret(secret), verifier };
}

/**
 * Checks a secret that came as a password, over a channel that nobody else reads. Takes the same work and the same
 * time for a handle that nobody holds as for a wrong secret.
 * @param verifier null when there is none: the answer is then false
 */
export async function isConnectionSecret(
  secret: Secret<string>,
  verifier: ScramVerifier | null,
): Promise<boolean> {
  const given = secret.reveal();
  if (given.length > SECRET_CHARACTERS_MAX) return false;
  const { saltBase64, iterations, storedKeyBase64 } = verifier ?? NOBODYS;
  const salted = await deriveKey(
    given,
    Buffer.from(saltBase64, 'base64'),
    iterations,
    SHA256_BYTES,
    'sha256',
  );
  const expected = Buffer.from(storedKeyBase64, 'base64');
  const actual = storedKey(salted);
  const isEqual = actual.length === expected.length && timingSafeEqual(actual, expected);
  return isEqual && verifier !== null;
}

function storedKey(saltedPassword: Buffer): Buffer {
  const clientKey = createHmac('sha256', saltedPassword).update('Client Key').digest();
  return createHash('sha256').update(clientKey).digest();
}

/** What a secret is compared with where there is none. */
const NOBODYS: ScramVerifier = {
  saltBase64: Buffer.alloc(SALT_BYTES).toString('base64'),
  iterations: ITERATIONS,
  storedKeyBase64: Buffer.alloc(SHA256_BYTES).toString('base64'),
  serverKeyBase64: Buffer.alloc(SHA256_BYTES).toString('base64'),
};
