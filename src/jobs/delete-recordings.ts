import { deleteDueRecordings, removeDeletedObjects } from '../access/recordings/delete-due.ts';
import type { UpkeepDefinition } from './job.ts';

/** Deletes recordings that have been kept for long enough, and what of them is in object storage. */
export const deleteRecordings: UpkeepDefinition = {
  everyMs: 60_000,
  run: async ({ access, objects }) => {
    await deleteDueRecordings(access);
    if (objects === undefined) return;
    const failures = await removeDeletedObjects(access, { objects });
    if (failures.length === 0) return;
    const list = failures.map(({ sessionId, reason }) => `session ${sessionId}: ${reason}`);
    throw new Error(`deleted recordings are still in object storage: ${list.join('; ')}`);
  },
};
