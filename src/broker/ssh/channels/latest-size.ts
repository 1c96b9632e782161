/** The sizes of a client's terminal, as often as anybody can follow: the first at once, of many the last. */
import type { TerminalSize } from '../host-session.ts';

/** Ten a second are told on. */
const EVERY_MS = 100;

export class LatestSize {
  readonly #tell: (size: TerminalSize) => void;
  #timer: NodeJS.Timeout | null = null;
  #waiting: TerminalSize | null = null;

  constructor(tell: (size: TerminalSize) => void) {
    this.#tell = tell;
  }

  change(size: TerminalSize): void {
    if (this.#timer !== null) {
      this.#waiting = size;
      return;
    }
    this.#tell(size);
    this.#timer = setTimeout(() => this.#next(), EVERY_MS).unref();
  }

  /** Nobody is told any more. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#waiting = null;
  }

  #next(): void {
    this.#timer = null;
    const size = this.#waiting;
    this.#waiting = null;
    if (size !== null) this.change(size);
  }
}
