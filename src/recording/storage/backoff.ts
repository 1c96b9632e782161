import { backOffMs } from '../../core/back-off.ts';

/** When to try again: ever later, and never at the same moment as others who failed with us. */
export class Backoff {
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #failures = 0;
  #notBefore = 0;

  /** @param options.random from 0 up to 1 */
  constructor(options: { minMs: number; maxMs: number; random: () => number }) {
    this.#minMs = options.minMs;
    this.#maxMs = options.maxMs;
    this.#random = options.random;
  }

  /** In a row. */
  get failures(): number {
    return this.#failures;
  }

  mayTry(nowMs: number): boolean {
    return nowMs >= this.#notBefore;
  }

  failed(nowMs: number): void {
    const random = this.#random();
    const waitMs = backOffMs({ failures: this.#failures, firstMs: this.#minMs, maxMs: this.#maxMs, random });
    this.#failures += 1;
    this.#notBefore = nowMs + waitMs;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#notBefore = 0;
  }
}
