import { listHeld } from '../access/sweep.ts';
import { isAppError } from '../core/errors.ts';
import type { UpkeepDefinition } from './job.ts';

/** Brings the cards of held commands up to date, which say how many minutes are left where nothing else counts. */
export const countDownHolds: UpkeepDefinition = {
  everyMs: 60_000,
  run: async ({ access, publisher }) => {
    for (const holdId of await listHeld(access)) {
      try {
        await publisher.syncCard('hold', holdId);
      } catch (error) {
        // Its turn comes again in a minute, and what is decided is brought there by a job of its own.
        if (!isAppError(error, 'rate_limited') && !isAppError(error, 'unavailable')) throw error;
        return;
      }
    }
  },
};
