import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';

const POLL_MS = 100;
const PATIENCE_MS = 20_000;

/**
 * Looks again and again until there is something to see: cards are posted by jobs, a moment later.
 * @throws AppError `unavailable` naming what did not come
 */
export async function waitFor<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
    const seen = await look();
    if (seen !== null) return seen;
    await sleep(POLL_MS);
  }
  throw new AppError('unavailable', `${what} did not come within ${PATIENCE_MS / 1_000} seconds.`);
}
