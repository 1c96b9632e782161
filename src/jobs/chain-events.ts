import { chainEvents as chain } from '../audit/chain.ts';
import type { JobDefinition } from './job.ts';

/** Gives new audit events their place in the chain, within a second or so. */
export const chainEvents: JobDefinition = {
  queue: 'upkeep',
  everyMs: 1_000,
  run: async ({ access }) => {
    await chain(access.store);
  },
};
