import { endLostSessions as endLost } from '../access/run-session.ts';
import type { UpkeepDefinition } from './job.ts';

/** Ends sessions whose broker died, and seals what it recorded of them. */
export const endLostSessions: UpkeepDefinition = {
  everyMs: 5_000,
  run: async ({ access, recovery }) => {
    await endLost(access, { recovery });
  },
};
