/**
 * How long to wait before the next attempt: twice as long each time up to a limit, and somewhere between half of that
 * and all of it, so that those who failed together do not come back together.
 * @param after.failures in a row before this one
 * @param after.random from 0 to 1
 * @returns milliseconds
 */
export function backOffMs(after: {
  readonly failures: number;
  readonly firstMs: number;
  readonly maxMs: number;
  readonly random: number;
}): number {
  const { failures, firstMs, maxMs, random } = after;
  return Math.round(Math.min(firstMs * 2 ** failures, maxMs) * (0.5 + random / 2));
}
