import type { UpkeepDefinition } from './job.ts';

/** Posts the day's head of the audit log where people chat: whoever runs the database cannot change it there. */
export const postHead: UpkeepDefinition = {
  everyMs: 30_000,
  run: async ({ errands }) => errands.postAuditHead(),
};
