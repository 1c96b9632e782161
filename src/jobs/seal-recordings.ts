import { sealLeftRecordings } from '../access/run-session.ts';
import type { UpkeepDefinition } from './job.ts';

/** Seals recordings that could not be closed when their session ended (a full disk, say). */
export const sealRecordings: UpkeepDefinition = {
  everyMs: 10_000,
  run: async ({ access, recovery }) => {
    const failures = await sealLeftRecordings(access, { recovery });
    if (failures.length === 0) return;
    const list = failures.map(({ sessionId, reason }) => `session ${sessionId}: ${reason}`);
    throw new Error(`recordings could not be sealed: ${list.join('; ')}`);
  },
};
