import { tidyUp as tidy } from '../access/upkeep.ts';
import type { UpkeepDefinition } from './job.ts';

/** Removes what nobody can use or needs to see any more. */
export const tidyUp: UpkeepDefinition = {
  everyMs: 60_000,
  run: async ({ access }) => tidy(access),
};
