/** The arithmetic of SCRAM-SHA-256 (RFC 5802 section 3, RFC 7677). */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export function hmacSha256(key: Uint8Array, data: string | Uint8Array): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

export function sha256(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

export function xor(left: Buffer, right: Buffer): Buffer {
  const result = Buffer.alloc(left.length);
  for (let index = 0; index < left.length; index += 1) {
    result[index] = (left[index] ?? 0) ^ (right[index] ?? 0);
  }
  return result;
}

/** Takes the same time whatever differs; unequal lengths are simply unequal. */
export function sameBytes(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}
