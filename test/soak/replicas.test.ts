/** Two minutes of `kill -9` under a stream of requests, votes and sessions, on one PostgreSQL and one Redis. */
import { describe } from 'vitest';
import { ordealOfReplicas } from './replicas/ordeal.ts';

describe('three replicas of each role, one process killed every second for two minutes', () => {
  ordealOfReplicas({ forMs: 120_000 });
});
