/**
 * Signatures of security tokens (PROTOCOL.u2f of OpenSSH): what is signed is not the message but its hash, with what the
 * token says of the moment: whether somebody touched it, and how often it has signed.
 */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';

/** RFC 8410: what stands before the 32 bytes of an Ed25519 key in SPKI. */
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');
/** RFC 5480: what stands before the uncompressed point of a key on P-256. */
const P256_SPKI = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
/** Flags, and a counter. */
const TRAILER_BYTES = 5;
const USER_PRESENT = 1;
const ED25519_SIGNATURE_BYTES = 64;
const SCALAR_BYTES = 32;

interface Signed {
  readonly message: Buffer;
  readonly signature: Buffer;
}

export interface SecurityKey {
  /** Whether the token signed it, with somebody at it. @param signed.signature without the name of its type */
  isSigned(signed: Signed): boolean;
}

/** @param fields of the key's blob behind the type. @returns null for a type that is none of a token */
export function securityKey(type: string, fields: readonly Buffer[]): SecurityKey | null {
  switch (type) {
    case 'sk-ssh-ed25519@openssh.com': {
      const [point = Buffer.alloc(0), application = Buffer.alloc(0)] = fields;
      const key = publicKey(Buffer.concat([ED25519_SPKI, point]));
      return { isSigned: (signed) => isSigned(signed, { key, application, read: ed25519Signature }) };
    }
    case 'sk-ecdsa-sha2-nistp256@openssh.com': {
      const [, point = Buffer.alloc(0), application = Buffer.alloc(0)] = fields;
      const key = publicKey(Buffer.concat([P256_SPKI, point]));
      return { isSigned: (signed) => isSigned(signed, { key, application, read: p256Signature }) };
    }
    default:
      return null;
  }
}

function publicKey(spki: Buffer): KeyObject | null {
  try {
    return createPublicKey({ key: spki, format: 'der', type: 'spki' });
  } catch {
    // Its point is not on the curve.
    return null;
  }
}

function isSigned(
  { message, signature }: Signed,
  by: {
    readonly key: KeyObject | null;
    readonly application: Buffer;
    /** As the curve's verification takes it; null for none. */
    readonly read: (bytes: Buffer) => Buffer | null;
  },
): boolean {
  const trailer = signature.subarray(-TRAILER_BYTES);
  const raw = signature.length > TRAILER_BYTES ? by.read(signature.subarray(0, -TRAILER_BYTES)) : null;
  const [flags = 0] = trailer;
  if (by.key === null || raw === null || (flags & USER_PRESENT) === 0) return false;
  const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
  const data = Buffer.concat([sha256(by.application), trailer, sha256(message)]);
  const isEd25519 = by.key.asymmetricKeyType === 'ed25519';
  return verify(isEd25519 ? null : 'sha256', data, { key: by.key, dsaEncoding: 'ieee-p1363' }, raw);
}

function ed25519Signature(bytes: Buffer): Buffer | null {
  return bytes.length === ED25519_SIGNATURE_BYTES ? bytes : null;
}

/** Two numbers, each an mpint (RFC 5656, section 3.1.2). */
function p256Signature(bytes: Buffer): Buffer | null {
  const fields = stringsOf(bytes);
  const scalars = fields?.map(scalarOf) ?? [];
  const [r, s] = scalars;
  return scalars.length === 2 && r != null && s != null ? Buffer.concat([r, s]) : null;
}

function scalarOf(number: Buffer): Buffer | null {
  const digits = number[0] === 0 ? number.subarray(1) : number;
  if (digits.length > SCALAR_BYTES) return null;
  return Buffer.concat([Buffer.alloc(SCALAR_BYTES - digits.length), digits]);
}

/** Strings of RFC 4251, section 5, to the end; null when they do not end there. */
export function stringsOf(bytes: Buffer): readonly Buffer[] | null {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + (at + 4 <= bytes.length ? bytes.readUInt32BE(at) : Number.POSITIVE_INFINITY);
    if (end > bytes.length) return null;
    found.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return found;
}
