/** How long a login may take. Whoever waits for people is not hurried. */

export class Deadline {
  readonly #durationMs: number;
  readonly #onLate: () => void;
  #timer: NodeJS.Timeout | null = null;

  constructor(durationMs: number, onLate: () => void) {
    this.#durationMs = durationMs;
    this.#onLate = onLate;
    this.restart();
  }

  /** The whole time again from now on. */
  restart(): void {
    this.suspend();
    this.#timer = setTimeout(this.#onLate, this.#durationMs);
    this.#timer.unref();
  }

  /** Until `restart`. */
  suspend(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
