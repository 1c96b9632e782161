/**
 * SCRAM-SHA-256 as the client side (RFC 5802, RFC 7677), without I/O: how we prove the held password to
 * a target and check that the target knows it as well.
 */
import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { AppError } from '../../../core/errors.ts';
import type { Secret } from '../../../core/secret.ts';
import { END_POINT } from './channel-binding.ts';
import { parseServerFirst, scramFault } from './messages.ts';
import { hmacSha256, sameBytes, sha256, xor } from './proof.ts';

const deriveKey = promisify(pbkdf2);

/** What the login is bound to: the certificate, or nothing, since we cannot or since the target does not offer it. */
export type ClientBinding = { readonly certificateHash: Buffer } | 'none' | 'not-offered';

/** The start of the first message (RFC 5802 section 7, gs2-header). */
function gs2HeaderOf(binding: ClientBinding): string {
  if (typeof binding === 'object') return `p=${END_POINT},,`;
  return binding === 'none' ? 'n,,' : 'y,,';
}

export interface ScramClient {
  readonly clientFirst: string;
  /** Answers the challenge. The key derivation runs off the event loop. */
  answer(
    serverFirst: string,
  ): Promise<{ readonly clientFinal: string; readonly check: (serverFinal: string) => void }>;
}

/**
 * @param options.nonce fresh random base64 from a cryptographic source
 * `check` throws AppError `upstream_failed` when the target does not prove that it knows the password.
 */
export function beginScramClient(options: {
  readonly password: Secret<string>;
  readonly nonce: string;
  readonly binding?: ClientBinding;
}): ScramClient {
  const { binding = 'none' } = options;
  const gs2Header = gs2HeaderOf(binding);
  // PostgreSQL ignores the user name of this message.
  const bare = `n=,r=${options.nonce}`;
  const answer: ScramClient['answer'] = async (serverFirst) => {
    const { nonce, salt, iterations } = parseServerFirst(serverFirst);
    if (!nonce.startsWith(options.nonce) || nonce.length === options.nonce.length) {
      throw scramFault('The target answered with a nonce that is not ours');
    }
    const salted = await deriveKey(prepare(options.password.reveal()), salt, iterations, 32, 'sha256');
    const certificateHash = typeof binding === 'object' ? binding.certificateHash : Buffer.alloc(0);
    const bound = Buffer.concat([Buffer.from(gs2Header), certificateHash]);
    const withoutProof = `c=${bound.toString('base64')},r=${nonce}`;
    const authMessage = `${bare},${serverFirst},${withoutProof}`;
    const clientKey = hmacSha256(salted, 'Client Key');
    const proof = xor(clientKey, hmacSha256(sha256(clientKey), authMessage));
    const expected = hmacSha256(hmacSha256(salted, 'Server Key'), authMessage);
    return {
      clientFinal: `${withoutProof},p=${proof.toString('base64')}`,
      check: (serverFinal) => {
        const given = /^v=([A-Za-z0-9+/=]{1,100})$/.exec(serverFinal)?.[1] ?? '';
        if (sameBytes(Buffer.from(given, 'base64'), expected)) return;
        throw new AppError('upstream_failed', 'The target did not prove that it knows the password');
      },
    };
  };
  return { clientFirst: `${gs2Header}${bare}`, answer };
}

/**
 * The part of SASLprep (RFC 4013) that changes a password which PostgreSQL would accept: other spaces
 * become spaces, invisible characters vanish, the rest is normalised to NFKC.
 */
function prepare(password: string): string {
  return password
    .replace(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g, ' ')
    .replace(/\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/g, '')
    .normalize('NFKC');
}
