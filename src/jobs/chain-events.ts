import { chainEvents as chain } from '../audit/chain.ts';
import type { UpkeepDefinition } from './job.ts';

/** Gives new audit events their place in the chain, within a second or so. */
export const chainEvents: UpkeepDefinition = {
  everyMs: 1_000,
  run: async ({ access }) => {
    await chain(access.store);
  },
};
