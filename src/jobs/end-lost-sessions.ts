import { endLostSessions as endLost } from '../access/run-session.ts';
import type { UpkeepDefinition } from './job.ts';

/** Nobody looked for so long: the database was away, and brokers that live could not say so. */
const IDLE_MS_MAX = 5_000;

/** Ends sessions whose broker died, and seals what it recorded of them. */
export const endLostSessions: UpkeepDefinition = {
  everyMs: 5_000,
  run: async ({ access, recovery }, { idleMs }) => {
    // By the next turn every broker that lives has reported.
    if (idleMs > IDLE_MS_MAX) return;
    await endLost(access, { recovery });
  },
};
