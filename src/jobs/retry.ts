/** When a job that failed is tried again, and when it is given up. */
import { isAppError } from '../core/errors.ts';

/** With the waits below about three minutes in all; after that it is a dead letter, and the sweep goes on. */
export const ATTEMPTS_MAX = 10;
const FIRST_WAIT_MS = 500;
const WAIT_MS_MAX = 60_000;

/**
 * Twice as long each time, up to a minute; somewhere between half of that and all of it, so that jobs which
 * failed together do not come back together. Never before whoever refused it said.
 * @param failure.attempts how often it has been tried, from 1
 * @param failure.random from 0 to 1
 * @returns milliseconds
 */
export function retryAfterMs(failure: { attempts: number; error: unknown; random: number }): number {
  const { attempts, error, random } = failure;
  const waitMs = Math.min(FIRST_WAIT_MS * 2 ** Math.max(0, attempts - 1), WAIT_MS_MAX);
  return Math.max(Math.round(waitMs * (0.5 + random / 2)), askedWaitMs(error));
}

function askedWaitMs(error: unknown): number {
  if (!isAppError(error, 'rate_limited')) return 0;
  const { retryAfterSeconds } = error.context;
  return typeof retryAfterSeconds === 'number' ? retryAfterSeconds * 1_000 : 0;
}
