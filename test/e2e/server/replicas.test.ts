/** The short version of what `test/soak/replicas.test.ts` does for two minutes. */
import { describe } from 'vitest';
import { ordealOfReplicas } from './replicas/ordeal.ts';

describe('three replicas, one of which is killed every second for twenty seconds', () => {
  ordealOfReplicas({ forMs: 20_000 });
});
