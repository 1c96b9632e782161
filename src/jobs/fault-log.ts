/** Logs faults of the queue without filling the disk: a queue that is away fails many times a second. */
import type { Logger } from 'pino';
import { messageOf } from '../core/errors.ts';

const AGAIN_AFTER_MS = 30_000;
const REASONS_MAX = 100;

/** @returns what logs a fault at once, and the same one again only after a while, with how often it happened */
export function createFaultLog(
  logger: Pick<Logger, 'warn'>,
  monotonic: () => number = () => performance.now(),
): (error: unknown) => void {
  const known = new Map<string, { loggedAtMs: number; unlogged: number }>();
  return (error) => {
    const reason = messageOf(error);
    const now = monotonic();
    const before = known.get(reason);
    if (before !== undefined && now - before.loggedAtMs < AGAIN_AFTER_MS) {
      before.unlogged += 1;
      return;
    }
    if (known.size >= REASONS_MAX) known.clear();
    known.set(reason, { loggedAtMs: now, unlogged: 0 });
    logger.warn({ reason, times: (before?.unlogged ?? 0) + 1 }, 'the job queue had a fault');
  };
}
