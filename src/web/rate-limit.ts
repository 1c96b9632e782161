/**
 * A token bucket for each caller, in memory: a guard against one caller taking the whole process, not
 * an account of use. Each replica counts for itself.
 */
import { AppError } from '../core/errors.ts';

export interface RateLimit {
  /** How many requests may come at once. */
  readonly burst: number;
  readonly perSecond: number;
  /** How many callers are remembered; the one that was quiet longest is forgotten first. */
  readonly callersMax: number;
}

export const DEFAULT_RATE_LIMIT: RateLimit = { burst: 300, perSecond: 50, callersMax: 10_000 };

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

export class RateLimiter {
  readonly #limit: RateLimit;
  /** In order of last use: a Map keeps insertion order, and each use inserts anew. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(limit: RateLimit) {
    this.#limit = limit;
  }

  /**
   * Takes one token from the caller's bucket.
   * @throws AppError `rate_limited` with `retryAfterSeconds` when it is empty
   */
  take(caller: string, nowMs: number): void {
    const { burst, perSecond, callersMax } = this.#limit;
    const bucket = this.#buckets.get(caller) ?? { tokens: burst, filledAtMs: nowMs };
    const elapsedSeconds = Math.max(0, nowMs - bucket.filledAtMs) / 1_000;
    bucket.tokens = Math.min(burst, bucket.tokens + elapsedSeconds * perSecond);
    bucket.filledAtMs = nowMs;

    this.#buckets.delete(caller);
    this.#buckets.set(caller, bucket);
    if (this.#buckets.size > callersMax) this.#forgetQuietest();

    if (bucket.tokens < 1) {
      const retryAfterSeconds = Math.ceil((1 - bucket.tokens) / perSecond);
      throw new AppError('rate_limited', `Too many requests. Try again in ${retryAfterSeconds} s.`, {
        context: { retryAfterSeconds },
      });
    }
    bucket.tokens -= 1;
  }

  #forgetQuietest(): void {
    const quietest = this.#buckets.keys().next();
    if (!quietest.done) this.#buckets.delete(quietest.value);
  }
}
