import { tellOfBrokenLog } from '../access/alerts/tell-of-broken-log.ts';
import { chainEvents as chain } from '../audit/chain.ts';
import { isAppError } from '../core/errors.ts';
import type { UpkeepDefinition } from './job.ts';

/** Gives new audit events their place in the chain, within a second or so, and signs its head when it is time. */
export const chainEvents: UpkeepDefinition = {
  everyMs: 1_000,
  run: async ({ access, signers }) => {
    try {
      await chain(access.store, { signers, clock: access.clock });
    } catch (error) {
      if (isAppError(error, 'conflict')) await tellOfBrokenLog(access, error);
      throw error;
    }
  },
};
