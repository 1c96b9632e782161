/** Looking until something is there: what is recorded and told is so a moment after the act. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isAppError, messageOf } from '../../core/errors.ts';

type Sought<Found> =
  | { readonly found: Found; readonly afterMs: number }
  /** @property why what was there instead, or why it could not be looked at; empty when there was nothing */
  | { readonly found: null; readonly afterMs: number; readonly why: string; readonly barred: boolean };

/** A tenth of what has passed, within bounds: as exact as the time itself needs, and no burden on the server. */
const POLL_SHARE = 0.1;
const POLL_MS_MIN = 100;
const POLL_MS_MAX = 1_000;

/**
 * @param look null for not yet; what is missing may be a text
 * @param options.since on the clock of `performance.now()`: when the act was
 * @returns within `withinMs` of the act, or at once when the caller may not look, or when `signal` says to stop
 */
export async function eventually<Found extends object>(
  look: () => Promise<Found | string | null>,
  options: { readonly since: number; readonly withinMs: number; readonly signal: AbortSignal },
): Promise<Sought<Found>> {
  const { since, withinMs, signal } = options;
  let why = '';
  for (;;) {
    let barred = false;
    try {
      const seen = await look();
      if (seen !== null && typeof seen !== 'string')
        return { found: seen, afterMs: performance.now() - since };
      why = seen ?? '';
    } catch (error) {
      why = messageOf(error);
      barred = isAppError(error, 'forbidden') || isAppError(error, 'unauthenticated');
    }
    const afterMs = performance.now() - since;
    if (barred || signal.aborted || afterMs >= withinMs)
      return { found: null, afterMs, why, barred: barred || signal.aborted };
    const pauseMs = Math.min(Math.max(POLL_MS_MIN, afterMs * POLL_SHARE), POLL_MS_MAX);
    await sleep(pauseMs, null, { signal }).catch(() => null);
  }
}
