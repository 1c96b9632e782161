/** Jobs that are asked to slow down, on both carriers of the queues. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { Secret } from '../../../src/core/secret.ts';
import { openQueues, type QueueBackend } from '../../../src/jobs/queues.ts';
import { useTestDatabase } from '../../support/database.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';

const ATTEMPTS_MAX = 2;
const REFUSALS = 5;

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis.stop();
});

describe.each(['postgres', 'redis'] as const)('on %s', (kind) => {
  const database = useTestDatabase();

  test('a job that is refused more often than it may fail is done all the same, and no sooner than it may', async () => {
    const backend: QueueBackend =
      kind === 'redis'
        ? { kind, url: new Secret(redis.url), deployment: 'slow-down' }
        : { kind, url: database.current.url };
    const queues = await openQueues(backend, { onError: () => undefined });
    const queue = queues.openQueue('chat');
    const startedAt: number[] = [];
    let gaveUp = 0;
    const worker = queues.openWorker('chat', {
      run: async () => {
        startedAt.push(performance.now());
        if (startedAt.length > REFUSALS) return;
        throw new AppError('rate_limited', 'Slower.', { context: { retryAfterSeconds: 0.3 } });
      },
      onGaveUp: () => {
        gaveUp += 1;
      },
    });
    try {
      await queue.addBulk([
        {
          name: 'sync-card',
          data: { subject: 'request', id: 'r-1' },
          opts: { attempts: ATTEMPTS_MAX, backoff: { type: 'rarer' }, jobId: 'j-1', removeOnComplete: true },
        },
      ]);
      await expect.poll(() => startedAt.length, { timeout: 20_000 }).toBe(REFUSALS + 1);
      const gaps = startedAt.slice(1).map((at, index) => at - (startedAt[index] ?? at));
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(290);
      expect(await queue.listFailed(10)).toEqual([]);
      expect(gaveUp).toBe(0);
    } finally {
      await worker.close();
      await queue.close();
      await queues.close();
    }
  });
});
