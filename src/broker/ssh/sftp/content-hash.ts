/** SHA-256 of what passes. What is small is hashed here, and what is not in a thread. */
import { createHash } from 'node:crypto';
import { BLOCK_BYTES, hashThread } from './hash-thread.ts';

export class ContentHash {
  #block: Buffer<ArrayBuffer> | null = null;
  #filled = 0;
  #thread: { readonly id: number; readonly sha256: Promise<string | null> } | null = null;

  /** Copies it: the memory is used for something else when this returns. */
  update(piece: Buffer): void {
    for (let at = 0; at < piece.length; ) {
      if (this.#filled === BLOCK_BYTES) this.#handOver(false);
      this.#block ??= Buffer.from(hashThread.block());
      const copied = piece.copy(this.#block, this.#filled, at);
      this.#filled += copied;
      at += copied;
    }
  }

  /** Resolves when there is room for more; null: at once. */
  get room(): Promise<void> | null {
    return this.#thread === null ? null : hashThread.room;
  }

  /** Hex; null when the thread has failed. Call it once. */
  digest(): string | Promise<string | null> {
    if (this.#thread !== null) {
      this.#handOver(true);
      return this.#thread.sha256;
    }
    const hash = createHash('sha256');
    if (this.#block !== null) hash.update(this.#block.subarray(0, this.#filled));
    this.discard();
    return hash.digest('hex');
  }

  /** It is not wanted any more. */
  discard(): void {
    if (this.#thread !== null) hashThread.drop(this.#thread.id);
    if (this.#block !== null) hashThread.giveBack(this.#block.buffer);
    this.#block = null;
  }

  #handOver(isLast: boolean): void {
    this.#thread ??= openThread();
    const block = this.#block?.buffer ?? hashThread.block();
    hashThread.hash(this.#thread.id, { block, length: this.#filled, isLast });
    this.#block = null;
    this.#filled = 0;
  }
}

function openThread(): { readonly id: number; readonly sha256: Promise<string | null> } {
  const { promise: sha256, resolve } = Promise.withResolvers<string | null>();
  return { id: hashThread.open(resolve), sha256 };
}
