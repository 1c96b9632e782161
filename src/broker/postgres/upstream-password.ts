/**
 * How a target is shown that we know the password. SCRAM-SHA-256, bound to the target's certificate where
 * there is one: a target that asks for the password itself, or for an md5 of it, could have been taken over in
 * order to ask. Those two are for resources that allow them by name.
 */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Secret } from '../../core/secret.ts';
import { encodePassword } from './codec/authentication.ts';
import { certificateHashOf } from './scram/channel-binding.ts';
import { beginScramClient, type ScramClient } from './scram/client.ts';
import { SCRAM_SHA_256, SCRAM_SHA_256_PLUS } from './scram/messages.ts';
import type { UpstreamTarget } from './upstream-transport.ts';

export interface UpstreamCredential {
  readonly username: string;
  readonly password: Secret<string>;
}

/** Answers md5 and cleartext requests; null when the resource does not allow the method. */
export function plainAnswer(
  request: { readonly kind: 'cleartext' } | { readonly kind: 'md5'; readonly salt: Buffer },
  options: { readonly resource: UpstreamTarget; readonly credential: UpstreamCredential },
): Buffer | null {
  const { resource, credential } = options;
  if (resource.passwordMethods?.includes(request.kind) !== true) return null;
  const password = credential.password.reveal();
  if (request.kind === 'cleartext') return encodePassword(password);
  const inner = md5(Buffer.from(password + credential.username));
  return encodePassword(`md5${md5(Buffer.concat([Buffer.from(inner), request.salt]))}`);
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}

/**
 * Chooses among the mechanisms that the target offers.
 * @param options.nonce fresh random base64 from a cryptographic source
 * @returns null when it offers none that we speak
 */
export function chooseScram(
  offered: readonly string[],
  options: { readonly socket: Socket; readonly credential: UpstreamCredential; readonly nonce: string },
): { readonly mechanism: string; readonly client: ScramClient } | null {
  const { socket, credential, nonce } = options;
  const { password } = credential;
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  const certificateHash = certificate === undefined ? null : certificateHashOf(certificate);
  if (certificateHash !== null && offered.includes(SCRAM_SHA_256_PLUS)) {
    const binding = { certificateHash };
    return { mechanism: SCRAM_SHA_256_PLUS, client: beginScramClient({ password, nonce, binding }) };
  }
  if (!offered.includes(SCRAM_SHA_256)) return null;
  // Told that we could have bound, a target that did offer it knows that someone took the offer away.
  const binding = certificateHash === null ? 'none' : 'not-offered';
  return { mechanism: SCRAM_SHA_256, client: beginScramClient({ password, nonce, binding }) };
}
