/** How often one connection may be wrong, and how long each time takes. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Makes guessing slow for one connection; how many connections there may be is the listener's limit. */
const FAILURE_DELAY_MS = 750;
const FAILURES_MAX = 6;
/** Clients ask about each key they have; asking guesses nothing. */
const KEYS_ASKED_ABOUT_MAX = 20;

export class Attempts {
  #failures = 0;
  #keys = 0;

  /** Counts a failure of whichever method. @returns after the delay, whether there may be another attempt */
  async failed(): Promise<boolean> {
    this.#failures += 1;
    await sleep(FAILURE_DELAY_MS);
    return this.#failures < FAILURES_MAX;
  }

  /** Counts a key that the client asked about and may not use. @returns whether it may go on */
  keyRefused(): boolean {
    this.#keys += 1;
    return this.#keys <= KEYS_ASKED_ABOUT_MAX;
  }
}
