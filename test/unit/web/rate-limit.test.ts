import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAppError } from '../../../src/core/errors.ts';
import { RateLimiter } from '../../../src/web/rate-limit.ts';

const LIMIT = { burst: 3, perSecond: 2, callersMax: 100 };

function isTaken(limiter: RateLimiter, caller: string, nowMs: number): boolean {
  try {
    limiter.take(caller, nowMs);
    return true;
  } catch (error) {
    if (isAppError(error, 'rate_limited')) return false;
    throw error;
  }
}

describe('the rate limiter', () => {
  test('lets a burst through and then says when to come back', () => {
    const limiter = new RateLimiter(LIMIT);
    for (let taken = 0; taken < LIMIT.burst; taken += 1) limiter.take('alice', 0);
    expect(() => limiter.take('alice', 0)).toThrow(
      expect.objectContaining({ code: 'rate_limited', context: { retryAfterSeconds: 1 } }),
    );
    expect(isTaken(limiter, 'alice', 500)).toBe(true);
    expect(isTaken(limiter, 'alice', 500)).toBe(false);
  });

  test('counts each caller apart', () => {
    const limiter = new RateLimiter(LIMIT);
    for (let taken = 0; taken < LIMIT.burst; taken += 1) limiter.take('alice', 0);
    expect(isTaken(limiter, 'bob', 0)).toBe(true);
    expect(isTaken(limiter, 'alice', 0)).toBe(false);
  });

  test('remembers so many callers, and forgets the one that was quiet longest', () => {
    const limiter = new RateLimiter({ burst: 1, perSecond: 1, callersMax: 2 });
    limiter.take('first', 0);
    limiter.take('second', 0);
    expect(isTaken(limiter, 'first', 0)).toBe(false);
    limiter.take('third', 0);
    // `second` was forgotten, so it starts with a full bucket; `first` had knocked after it.
    expect(isTaken(limiter, 'second', 0)).toBe(true);
  });

  test('never lets more through than the burst and the rate allow, however the requests come', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 200 }), (gapsMs) => {
        const limiter = new RateLimiter(LIMIT);
        let nowMs = 0;
        let taken = 0;
        for (const gapMs of gapsMs) {
          nowMs += gapMs;
          if (isTaken(limiter, 'alice', nowMs)) taken += 1;
        }
        expect(taken).toBeLessThanOrEqual(LIMIT.burst + (nowMs / 1_000) * LIMIT.perSecond + 1e-9);
      }),
    );
  });
});
