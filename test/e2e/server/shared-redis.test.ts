/** Several deployments in one Redis: a demo beside the real one, or a database that was made anew. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIRST_VOTE } from '../../../src/demo/tour/steps/first-vote.ts';
import { REQUEST } from '../../../src/demo/tour/steps/request.ts';
import { REVEAL } from '../../../src/demo/tour/steps/reveal.ts';
import { SECOND_VOTE } from '../../../src/demo/tour/steps/second-vote.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { takeSteps, useDeployment } from './deployment.ts';

describe('two deployments with one Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(async () => {
    await redis.stop();
  });
  const environment = () => ({ REDIS_URL: redis.url });
  const deployments = [useDeployment({ environment }), useDeployment({ environment })];

  it('each does its own work, and never the other’s', async () => {
    await Promise.all(
      deployments.map(({ current }) => takeSteps(current.tour, [REQUEST, FIRST_VOTE, SECOND_VOTE, REVEAL])),
    );
    // A job that came to the wrong one fails there, since what it names is not in that database.
    for (const { current } of deployments) expect(current.log()).not.toContain('a job failed');
  });
});
