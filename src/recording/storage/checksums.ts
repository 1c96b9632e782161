/** What tells that bytes arrived as they were sent. */
import { createHash, type Hash } from 'node:crypto';

/** Of a part, or of a whole file. */
export interface Checksums {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  /** Hex. No protection against anybody, but what every service computes. */
  readonly md5: string;
}

/** A piece at a time, so that the event loop is never held for a whole part. */
export class ChecksumCounter {
  readonly #sha256: Hash = createHash('sha256');
  readonly #md5: Hash = createHash('md5');
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(piece: Uint8Array): void {
    this.#sha256.update(piece);
    this.#md5.update(piece);
    this.#bytes += piece.length;
  }

  result(): Checksums {
    return { bytes: this.#bytes, sha256: this.#sha256.digest('hex'), md5: this.#md5.digest('hex') };
  }
}

/** The checksum that S3 gives an object in parts: over the parts' checksums. @returns hex */
export function compositeOf(checksums: readonly string[], kind: 'sha256' | 'md5'): string {
  const hash = createHash(kind);
  for (const checksum of checksums) hash.update(checksum, 'hex');
  return hash.digest('hex');
}
