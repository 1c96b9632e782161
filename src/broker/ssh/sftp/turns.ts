/** What has to be judged is taken one at a time, in the order of arrival. */

/** Requests that wait to be judged; nothing more is read from the client meanwhile. */
const WAITING_MAX = 64;

export class Turns {
  readonly #waiting: (() => Promise<void> | void)[] = [];
  readonly #onDone: () => void;
  readonly #onFailure: (error: unknown) => void;
  #isServing = false;
  #isOver = false;

  /** @param options.onDone called after each */
  constructor(options: { readonly onDone: () => void; readonly onFailure: (error: unknown) => void }) {
    this.#onDone = options.onDone;
    this.#onFailure = options.onFailure;
  }

  get isFull(): boolean {
    return this.#waiting.length >= WAITING_MAX;
  }

  add(serve: () => Promise<void> | void): void {
    this.#waiting.push(serve);
    if (!this.#isServing) void this.#serve();
  }

  end(): void {
    this.#isOver = true;
    this.#waiting.length = 0;
  }

  async #serve(): Promise<void> {
    this.#isServing = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        await next();
        if (this.#isOver) return;
        this.#onDone();
      }
    } catch (error) {
      this.#onFailure(error);
    }
    this.#isServing = false;
  }
}
