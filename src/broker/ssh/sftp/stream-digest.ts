/** SHA-256 of a file that passes in pieces, mostly in order. Keeps pieces that came too early for a while. */
import { ContentHash } from './content-hash.ts';

/** Of pieces that wait for an earlier one. */
export const WINDOW_BYTES_MAX = 8_388_608;

export class StreamDigest {
  readonly #hash = new ContentHash();
  readonly #early = new Map<number, readonly Buffer[]>();
  #earlyBytes = 0;
  #bytes = 0;
  #next = 0;
  #isWhole = true;

  /** All that passed, in any order. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How far it passed without a gap; null when it did not pass in order, or from elsewhere than its start. */
  get reached(): number | null {
    return this.#isWhole && this.#early.size === 0 ? this.#next : null;
  }

  push(offset: bigint, pieces: readonly Buffer[]): void {
    const length = lengthOf(pieces);
    this.#bytes += length;
    const at = Number(offset);
    if (!this.#isWhole || length === 0) return;
    if (at === this.#next) this.#take(pieces, length);
    else if (at < this.#next || this.#early.has(at) || this.#earlyBytes + length > WINDOW_BYTES_MAX)
      this.break();
    else this.#keep(at, pieces, length);
  }

  /** What passed is not the whole file in order. */
  break(): void {
    this.#isWhole = false;
    this.#early.clear();
    this.#hash.discard();
  }

  /** Resolves when there is room for more; null: at once. */
  get room(): Promise<void> | null {
    return this.#isWhole ? this.#hash.room : null;
  }

  /** Hex; null when there is a gap, or it could not be worked out. Call it once. */
  end(): string | null | Promise<string | null> {
    return this.reached === null ? null : this.#hash.digest();
  }

  #take(pieces: readonly Buffer[], length: number): void {
    for (const piece of pieces) this.#hash.update(piece);
    this.#next += length;
    if (this.#early.size === 0) return;
    const following = this.#early.get(this.#next);
    if (following === undefined) return;
    this.#early.delete(this.#next);
    const bytes = lengthOf(following);
    this.#earlyBytes -= bytes;
    this.#take(following, bytes);
  }

  #keep(at: number, pieces: readonly Buffer[], length: number): void {
    this.#early.set(at, pieces);
    this.#earlyBytes += length;
  }
}

function lengthOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}
