import { checkLog as check } from '../access/audit-log.ts';
import type { UpkeepDefinition } from './job.ts';

/** Looks whether the newest part of the audit log is what was written. */
export const checkLog: UpkeepDefinition = {
  everyMs: 3_600_000,
  run: async ({ access, signers }) => {
    if (!(await check(access, { key: signers.trusted })))
      throw new Error('the audit log is not what was written: run sallyport audit verify');
  },
};
