/**
 * What detectors suspect in a chunk as it arrived, found in one pass over all of its messages: where there is no
 * clue, rows need not be looked at one by one.
 */
import { type Detector, NO_CLUE } from '../../policies/detectors/detector.ts';

const EMPTY = Buffer.alloc(0);

export interface MessagePlace {
  /** Left of the chunk from the message's start on; 0 when it began in another one. */
  readonly chunkBytes: number;
  /** Of the message with its header. */
  readonly bytes: number;
}

export class ChunkClues {
  readonly #detectors: readonly Detector[];
  /** By detector: the offset behind the first clue at or behind what was asked about last. */
  readonly #next: Int32Array;
  #chunk: Buffer = EMPTY;
  /** The nearest of them, as of the start that was asked about. */
  #nearest = 0;
  #askedAt = NO_CLUE;

  constructor(detectors: readonly Detector[]) {
    this.#detectors = detectors;
    this.#next = new Int32Array(detectors.length);
  }

  begin(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#next.fill(0);
    this.#askedAt = NO_CLUE;
  }

  /** Forgets the chunk; until the next one begins, everything is suspicious. */
  end(): void {
    this.#chunk = EMPTY;
  }

  /** False only when a message that lies in the chunk as a whole has nothing to detect. */
  suspects(message: MessagePlace): boolean {
    const start = this.#startOf(message);
    if (start === null) return true;
    const end = start + message.bytes;
    // Mostly no detector has a clue before the chunk's end, and then this one look is all.
    if (start >= this.#askedAt && end < this.#nearest) return false;
    this.#askedAt = start;
    this.#nearest = NO_CLUE;
    for (let index = 0; index < this.#detectors.length; index += 1) {
      let next = this.#next[index] ?? 0;
      if (next <= start) {
        next = this.#detectors[index]?.clueIn(this.#chunk, start) ?? 0;
        this.#next[index] = next;
      }
      this.#nearest = Math.min(this.#nearest, next);
    }
    return this.#nearest <= end;
  }

  /** False only when a message that lies in the chunk as a whole does not have these bytes. */
  holds(bytes: Buffer, message: MessagePlace): boolean {
    const start = this.#startOf(message);
    return start === null || this.#chunk.subarray(start, start + message.bytes).includes(bytes);
  }

  /** Null for a message that does not lie in the chunk as a whole. */
  #startOf({ chunkBytes, bytes }: MessagePlace): number | null {
    const start = this.#chunk.length - chunkBytes;
    return chunkBytes === 0 || start < 0 || bytes > chunkBytes ? null : start;
  }
}
