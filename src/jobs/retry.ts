/** When a job that failed is tried again, and when it is given up. */
import { backOffMs } from '../core/back-off.ts';
import { isAppError } from '../core/errors.ts';

/** Of those that wait for the same limit, a few come back a little later each. */
const SPREAD = 0.25;
const SPREAD_MS_MAX = 1_000;
const DELAY_MS_MIN = 200;

/** With the waits below about three minutes in all; after that it is a dead letter, and the sweep goes on. */
export const ATTEMPTS_MAX = 10;
const FIRST_WAIT_MS = 500;
const WAIT_MS_MAX = 60_000;

/**
 * Never before whoever refused it said.
 * @param failure.attempts how often it has been tried, from 1
 * @param failure.random from 0 to 1
 * @returns milliseconds
 */
export function retryAfterMs(failure: { attempts: number; error: unknown; random: number }): number {
  const { attempts, error, random } = failure;
  const failures = Math.max(0, attempts - 1);
  const waitMs = backOffMs({ failures, firstMs: FIRST_WAIT_MS, maxMs: WAIT_MS_MAX, random });
  return Math.max(waitMs, askedWaitMs(error));
}

/**
 * Whoever is asked to slow down has not failed: the job waits and loses none of its attempts, so that no limit ever
 * makes it a dead letter.
 * @param refusal.random from 0 to 1
 * @returns milliseconds; null for any other error
 */
export function delayMs(refusal: { error: unknown; random: number }): number | null {
  if (!isAppError(refusal.error, 'rate_limited')) return null;
  const asked = Math.max(askedWaitMs(refusal.error), DELAY_MS_MIN);
  return Math.round(asked + refusal.random * Math.min(asked * SPREAD, SPREAD_MS_MAX));
}

function askedWaitMs(error: unknown): number {
  if (!isAppError(error, 'rate_limited')) return 0;
  const { retryAfterSeconds } = error.context;
  return typeof retryAfterSeconds === 'number' ? retryAfterSeconds * 1_000 : 0;
}
