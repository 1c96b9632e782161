/** Keys in the order in which they were pressed, for whoever reads a line; two of them are heard at once while a command runs. */
import type { Readable } from 'node:stream';
import type { Key } from './key.ts';
import { KeyDecoder } from './key-decoder.ts';

/** Typed ahead, in bytes, before the client has to wait. */
const AHEAD_BYTES_MAX = 131_072;

export class KeyQueue {
  readonly #input: Readable;
  readonly #decoder = new KeyDecoder();
  #keys: Key[] = [];
  /** Those before it are taken. */
  #taken = 0;
  #aheadBytes = 0;
  #ended = false;
  #waiting: (() => void) | null = null;
  #urgent: ((name: string) => boolean) | null = null;

  constructor(input: Readable) {
    this.#input = input;
    input.on('data', (chunk: Buffer) => this.#push(chunk));
    for (const event of ['end', 'close', 'error']) input.once(event, () => this.end());
  }

  get isEmpty(): boolean {
    return this.#taken >= this.#keys.length;
  }

  /** @returns null once there are no more */
  async next(): Promise<Key | null> {
    for (;;) {
      const key = this.#keys[this.#taken];
      this.#taken += 1;
      if (key !== undefined) return key;
      this.#drop();
      this.#input.resume();
      if (this.#ended) return null;
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  /**
   * While something runs: keys that are not for the next line.
   * @param listener true when the key was for it; what was typed before is dropped then, as a terminal drops it
   */
  hear(listener: ((name: string) => boolean) | null): void {
    this.#urgent = listener;
  }

  /** Nothing more is read. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  #drop(): void {
    this.#keys = [];
    this.#taken = 0;
    this.#aheadBytes = 0;
  }

  #push(chunk: Buffer): void {
    this.#aheadBytes += chunk.length;
    for (const key of this.#decoder.push(chunk)) {
      if (key.kind === 'key' && this.#urgent?.(key.name) === true) this.#drop();
      else this.#keys.push(key);
    }
    if (this.#aheadBytes > AHEAD_BYTES_MAX) this.#input.pause();
    this.#wake();
  }

  #wake(): void {
    this.#waiting?.();
    this.#waiting = null;
  }
}
