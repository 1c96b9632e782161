/** A bucket of tokens: so many at once, and so many a second after that. */
export interface PaceLimit {
  readonly burst: number;
  readonly perSecond: number;
}

export class Pace {
  readonly #limit: PaceLimit;
  readonly #monotonic: () => number;
  #tokens: number;
  #filledAtMs: number;

  /** @param monotonic milliseconds */
  constructor(limit: PaceLimit, monotonic: () => number) {
    this.#limit = limit;
    this.#monotonic = monotonic;
    this.#tokens = limit.burst;
    this.#filledAtMs = monotonic();
  }

  /** @returns false when there is none left */
  take(): boolean {
    const { burst, perSecond } = this.#limit;
    const nowMs = this.#monotonic();
    const more = (Math.max(0, nowMs - this.#filledAtMs) / 1_000) * perSecond;
    this.#tokens = Math.min(burst, this.#tokens + more);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** One that was taken was not needed. */
  giveBack(): void {
    this.#tokens = Math.min(this.#limit.burst, this.#tokens + 1);
  }
}
