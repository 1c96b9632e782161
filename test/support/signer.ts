import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { HeadSigner, HeadSigners } from '../../src/audit/signed-head.ts';
import { parsePublicKey } from '../../src/recording/public-key.ts';

/** A signing key as a deployment has one, for heads of the audit log. */
export function makeSigner(): HeadSigner & HeadSigners & { readonly publicKeyPem: string } {
  const { privateKey } = generateKeyPairSync('ed25519');
  const publicKeyPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  const publicKey = parsePublicKey(publicKeyPem);
  const signer: HeadSigner = { publicKey, sign: (message) => sign(null, message, privateKey) };
  return { ...signer, publicKeyPem, trusted: publicKey, signerIn: async () => signer };
}
