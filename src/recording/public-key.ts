/** The public half of the signing keys, as a verifier is given it: one key, or a bundle that begins with it. */
export {
  encodeBundle,
  followFrom,
  keysOf,
  type PublicKey,
  parseBundle as parsePublicKey,
  publicKeyOf,
  type TrustedKey,
} from '../store/signing-chain.ts';
