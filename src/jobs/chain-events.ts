import { chainEvents as chain } from '../audit/chain.ts';
import type { UpkeepDefinition } from './job.ts';

/** Gives new audit events their place in the chain, within a second or so, and signs its head when it is time. */
export const chainEvents: UpkeepDefinition = {
  everyMs: 1_000,
  run: async ({ access, signer }) => {
    await chain(access.store, { signer, clock: access.clock });
  },
};
