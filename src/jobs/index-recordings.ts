import type { UpkeepDefinition } from './job.ts';

/** Reads what was recorded into the search, of live sessions within seconds. */
export const indexRecordings: UpkeepDefinition = {
  everyMs: 2_000,
  run: async ({ search }) => {
    const failures = await search.readOn();
    if (failures.length === 0) return;
    const list = failures.map(({ sessionId, reason }) => `session ${sessionId}: ${reason}`);
    throw new Error(`recordings could not be read for the search: ${list.join('; ')}`);
  },
};
