/** What a platform's pace says of itself, and reads of the platform's own limits. */
import { AppError, isAppError } from '../core/errors.ts';

/** How long the platform said to wait, in milliseconds; 0 for an error that is no refusal of the kind. */
export function retryAfterMsOf(error: unknown): number {
  if (!isAppError(error, 'rate_limited')) return 0;
  const { retryAfterSeconds } = error.context;
  return typeof retryAfterSeconds === 'number' ? retryAfterSeconds * 1_000 : 0;
}

/**
 * @param who takes no more, as the beginning of a sentence: `Slack takes no more messages`
 * @returns AppError `rate_limited` with `retryAfterSeconds`: nothing was sent
 */
export function tooFast(who: string, waitMs: number): AppError {
  const retryAfterSeconds = Math.ceil(waitMs / 100) / 10;
  return new AppError('rate_limited', `${who} for ${retryAfterSeconds} s.`, {
    context: { retryAfterSeconds },
  });
}
