import type { UpkeepDefinition } from './job.ts';

/** Brings the cards of live sessions up to date, together: their counts move all the time. */
export const refreshSessions: UpkeepDefinition = {
  everyMs: 5_000,
  run: async ({ publisher }) => publisher.refreshSessions(),
};
