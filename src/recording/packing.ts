/**
 * Compression of what is sealed in the background: Zstandard (RFC 8878), each frame's events by themselves, before
 * they are encrypted. Level 1 took less time than encrypting and hashing what it saves. docs/recording-format.md,
 * "Packed events".
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** Less than this gains nothing worth its time. */
const PLAINTEXT_BYTES_MIN = 512;
/** More would hold the event loop for too long; so much at once is rare. */
const PLAINTEXT_BYTES_MAX = 1_048_576;
const GAIN_MIN = 0.1;
const OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: 1 } } as const;

/** @returns null when it is better left as it is */
export function pack(plaintext: Buffer): Buffer | null {
  if (plaintext.length < PLAINTEXT_BYTES_MIN || plaintext.length > PLAINTEXT_BYTES_MAX) return null;
  const packed = zstdCompressSync(plaintext, OPTIONS);
  return packed.length <= plaintext.length * (1 - GAIN_MIN) ? packed : null;
}

/** @returns null for what no writer makes: damaged, or of more bytes than are packed together */
export function unpack(packed: Buffer): Buffer | null {
  try {
    return zstdDecompressSync(packed, { maxOutputLength: PLAINTEXT_BYTES_MAX });
  } catch {
    return null;
  }
}
