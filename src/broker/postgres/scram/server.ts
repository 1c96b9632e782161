/**
 * SCRAM-SHA-256 as the server side (RFC 5802, RFC 7677), without I/O. A handle that nobody holds goes
 * through the same exchange with an invented verifier and fails at the same point, so that an observer
 * cannot tell an unknown handle from a wrong secret.
 */
import type { ScramVerifier } from '../../../core/grant.ts';
import { END_POINT } from './channel-binding.ts';
import {
  type ClientFirst,
  parseClientFinal,
  parseClientFirst,
  SCRAM_SHA_256_PLUS,
  scramFault,
} from './messages.ts';
import { hmacSha256, sameBytes, sha256, xor } from './proof.ts';

export interface ScramServer {
  /** What to send as SASLContinue. */
  readonly serverFirst: string;
  /** @returns what to send as SASLFinal, or null when the proof is wrong */
  finish(clientFinal: string): string | null;
}

/**
 * @param options.genuine false for an invented verifier: the exchange then fails whatever the proof
 * @param options.certificateHash hash of our certificate when -PLUS was offered, else null
 * @param options.nonce fresh random base64 from a cryptographic source
 * @throws AppError `invalid_input` for a malformed message or a channel binding that does not fit
 */
export function beginScramServer(options: {
  readonly clientFirst: string;
  readonly mechanism: string;
  readonly verifier: ScramVerifier;
  readonly genuine: boolean;
  readonly certificateHash: Buffer | null;
  readonly nonce: string;
}): ScramServer {
  const first = parseClientFirst(options.clientFirst);
  checkBinding(first, options.mechanism, options.certificateHash !== null);
  const nonce = first.nonce + options.nonce;
  const { verifier } = options;
  const serverFirst = `r=${nonce},s=${verifier.saltBase64},i=${verifier.iterations}`;
  const boundTo = options.mechanism === SCRAM_SHA_256_PLUS ? options.certificateHash : null;
  const expectedBinding = Buffer.concat([Buffer.from(first.gs2Header), boundTo ?? Buffer.alloc(0)]).toString(
    'base64',
  );
  const finish = (clientFinal: string): string | null => {
    const final = parseClientFinal(clientFinal);
    if (final.nonce !== nonce) throw scramFault('The final SCRAM message has another nonce');
    if (final.channelBindingBase64 !== expectedBinding)
      throw scramFault('SCRAM channel binding check failed');
    const authMessage = `${first.bare},${serverFirst},${final.withoutProof}`;
    const storedKey = Buffer.from(verifier.storedKeyBase64, 'base64');
    const signature = hmacSha256(storedKey, authMessage);
    if (final.proof.length !== signature.length) throw scramFault('The SCRAM proof has the wrong length');
    const proven = sameBytes(sha256(xor(final.proof, signature)), storedKey);
    if (!proven || !options.genuine) return null;
    return `v=${hmacSha256(Buffer.from(verifier.serverKeyBase64, 'base64'), authMessage).toString('base64')}`;
  };
  return { serverFirst, finish };
}

function checkBinding(first: ClientFirst, mechanism: string, offered: boolean): void {
  const bound = typeof first.binding === 'object';
  if (bound !== (mechanism === SCRAM_SHA_256_PLUS))
    throw scramFault('SCRAM mechanism and channel binding do not fit');
  if (typeof first.binding === 'object' && first.binding.type !== END_POINT) {
    throw scramFault('The SCRAM channel binding type is not supported');
  }
  // "y" says: I could bind, but you did not offer it. When we did, someone took the offer away.
  if (first.binding === 'client-supports' && offered)
    throw scramFault('SCRAM channel binding negotiation failed');
}

/**
 * What an unknown handle is checked against: the same for the same handle, so that asking twice
 * shows no difference to a real one.
 * @param key random for the life of the process
 */
export function inventVerifier(options: {
  readonly handle: string;
  readonly key: Uint8Array;
  readonly iterations: number;
}): ScramVerifier {
  const part = (name: string): Buffer => hmacSha256(options.key, `${name}\0${options.handle}`);
  return {
    saltBase64: part('salt').subarray(0, 16).toString('base64'),
    iterations: options.iterations,
    storedKeyBase64: part('stored-key').toString('base64'),
    serverKeyBase64: part('server-key').toString('base64'),
  };
}
