const FIRST_MS = 1_000;
const WAIT_MS_MAX = 300_000;

/**
 * How long to wait before the next attempt: twice as long each time, up to five minutes, and somewhere between half of
 * that and all of it, so that sinks that failed together do not come back together.
 * @param after.failures in a row before this one
 * @param after.random from 0 to 1
 */
export function backOffMs(after: { readonly failures: number; readonly random: number }): number {
  const waitMs = Math.min(FIRST_MS * 2 ** Math.min(after.failures, 20), WAIT_MS_MAX);
  return Math.round(waitMs * (0.5 + after.random / 2));
}
