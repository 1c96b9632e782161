/**
 * A signed head: the deployment's key vouches for everything in the audit log up to one event, as of a moment.
 * docs/audit-log.md, "Signed heads".
 */
import { verify } from 'node:crypto';
import type { Database } from '../store/open-store.ts';
import type { PublicKey, TrustedKey } from '../store/signing-chain.ts';

const CONTEXT = Buffer.from('sallyport audit head v1\0', 'latin1');

export interface Head {
  /** Of the last event that it covers. */
  readonly sequence: number;
  /** That event's hash, hex. */
  readonly sha256: string;
  /** When it was signed: ISO 8601 in UTC with milliseconds. */
  readonly at: string;
}

export interface SignedHead extends Head {
  /** Hex SHA-256 of the public key's SubjectPublicKeyInfo in DER. */
  readonly signingKeySha256: string;
  /** Ed25519, hex. */
  readonly signature: string;
}

/** A signing key of the deployment. */
export interface HeadSigner {
  readonly publicKey: PublicKey;
  /** Ed25519 (RFC 8032). */
  sign(message: Uint8Array): Uint8Array;
}

/** The deployment's signing keys. */
export interface HeadSigners {
  /** Public halves: the first, and those that follow from it. */
  readonly trusted: TrustedKey;
  /**
   * The one in force at the end of the log, as a transaction sees it: what the events up to there tell of.
   * @throws AppError when the newest is not known here
   */
  signerIn(db: Database): Promise<HeadSigner>;
}

export function signedHead({ sequence, sha256, at }: Head, signer: HeadSigner): SignedHead {
  const signature = Buffer.from(signer.sign(signedMessage({ sequence, sha256, at }))).toString('hex');
  return { sequence, sha256, at, signingKeySha256: signer.publicKey.sha256, signature };
}

/** Whether this key signed exactly this head. */
export function isHeadSignedBy({ key }: PublicKey, head: SignedHead): boolean {
  return verify(null, signedMessage(head), key, Buffer.from(head.signature, 'hex'));
}

function signedMessage({ sequence, sha256, at }: Head): Buffer {
  const numbers = Buffer.alloc(16);
  numbers.writeBigUInt64BE(BigInt(sequence), 0);
  numbers.writeBigUInt64BE(BigInt(Date.parse(at)), 8);
  return Buffer.concat([CONTEXT, numbers, Buffer.from(sha256, 'hex')]);
}
