/**
 * What both sides of the broker agree to encrypt with. Modern algorithms only; those that are fastest with the native
 * addon of ssh2 stand first. Nothing of SHA-1 or CBC, and no compression, which has cost others their secrets. ssh2
 * adds strict key exchange (`kex-strict-*-v00@openssh.com`), which Terrapin asks for, by itself.
 */
import { createRequire } from 'node:module';
import type { Algorithms, CipherAlgorithm, KexAlgorithm, MacAlgorithm, ServerHostKeyAlgorithm } from 'ssh2';
import type { ClientOffer } from './client-offer.ts';

const KEX: KexAlgorithm[] = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group-exchange-sha256',
  'diffie-hellman-group16-sha512',
  'diffie-hellman-group18-sha512',
];

/** Several times as fast as the others. */
const FAST_CIPHERS: CipherAlgorithm[] = ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'];

const CIPHERS: CipherAlgorithm[] = [
  ...FAST_CIPHERS,
  'chacha20-poly1305@openssh.com',
  'aes128-ctr',
  'aes192-ctr',
  'aes256-ctr',
];

/** For the counter modes; the others authenticate by themselves. */
const MACS: MacAlgorithm[] = ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com'];

/** Of targets; the broker's own key is Ed25519. */
export const HOST_KEY_ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** @param hostKeys those that a target may show, the preferred first */
export function algorithms(hostKeys: readonly ServerHostKeyAlgorithm[]): Algorithms {
  return {
    kex: [...KEX],
    cipher: [...CIPHERS],
    hmac: [...MACS],
    serverHostKey: [...hostKeys],
    compress: ['none'],
  };
}

/** For a client: a cipher that it likes better is not offered to one that has a fast one, because it would be taken. */
export function algorithmsFor(offer: ClientOffer, hostKeys: readonly ServerHostKeyAlgorithm[]): Algorithms {
  const hasFast = (ciphers: readonly string[]): boolean =>
    FAST_CIPHERS.some((cipher) => ciphers.includes(cipher));
  const isFast = hasFast(offer.toServer) && hasFast(offer.toClient);
  return { ...algorithms(hostKeys), cipher: [...(isFast ? FAST_CIPHERS : CIPHERS)] };
}

/** Whether ssh2 encrypts by its addon or by the several times slower functions of Node. */
export function cryptoKind(): 'native' | 'fallback' {
  // ssh2 does not say; this is the module that it decides by.
  const crypto: unknown = createRequire(import.meta.url)('ssh2/lib/protocol/crypto.js');
  const isNative =
    typeof crypto === 'object' &&
    crypto !== null &&
    'bindingAvailable' in crypto &&
    crypto.bindingAvailable === true;
  return isNative ? 'native' : 'fallback';
}
