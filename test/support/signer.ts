import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { HeadSigner } from '../../src/audit/signed-head.ts';
import { parsePublicKey } from '../../src/recording/public-key.ts';

/** A signing key as a deployment has one, for heads of the audit log. */
export function makeSigner(): HeadSigner & { readonly publicKeyPem: string } {
  const { privateKey } = generateKeyPairSync('ed25519');
  const publicKeyPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  const publicKey = parsePublicKey(publicKeyPem);
  return {
    sign: (message) => sign(null, message, privateKey),
    publicKeyPem,
    publicKey,
  };
}
