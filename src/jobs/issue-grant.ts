import { z } from 'zod';
import { issueGrant as issue } from '../access/issue-grant.ts';
import { grantsToIssue } from '../access/sweep.ts';
import type { JobDefinition } from './job.ts';

const PAYLOAD = z.object({ grantId: z.string().min(1).max(100) });

/** Prepares the connection of an approved grant and makes it active. */
export const issueGrant: JobDefinition = {
  queue: 'access',
  overdue: grantsToIssue,
  run: async ({ access, preparer }, payload) => {
    const { grantId } = PAYLOAD.parse(payload);
    await issue(access, { grantId, preparer });
  },
};
