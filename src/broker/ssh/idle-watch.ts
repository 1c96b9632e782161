/** Ends a connection on which nothing moves and nothing waits. */
import type { MonotonicClock } from '../session.ts';

/** How many times within the limit it is looked. */
const LOOKS = 10;
const LOOK_MS_MAX = 30_000;

export class IdleWatch {
  readonly #monotonic: MonotonicClock;
  readonly #timer: NodeJS.Timeout;
  #movedAtMs: number;

  /** @param options.idleMaxMs asked each time: a reloaded policy counts from then on */
  constructor(options: {
    readonly idleMaxMs: () => number;
    readonly monotonic: MonotonicClock;
    readonly isBusy: () => boolean;
    readonly onIdle: () => void;
  }) {
    this.#monotonic = options.monotonic;
    this.#movedAtMs = options.monotonic();
    const everyMs = Math.min(LOOK_MS_MAX, Math.max(1, options.idleMaxMs() / LOOKS));
    this.#timer = setInterval(() => {
      if (options.isBusy()) this.noteActivity();
      else if (this.#monotonic() - this.#movedAtMs >= options.idleMaxMs()) options.onIdle();
    }, everyMs);
    this.#timer.unref();
  }

  noteActivity(): void {
    this.#movedAtMs = this.#monotonic();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
