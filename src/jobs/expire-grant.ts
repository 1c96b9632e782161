import { z } from 'zod';
import { expireGrant as expire } from '../access/end-grant.ts';
import { expiredGrants } from '../access/sweep.ts';
import type { JobDefinition } from './job.ts';

const PAYLOAD = z.object({ grantId: z.string().min(1).max(100) });

/** Ends a grant at its deadline. */
export const expireGrant: JobDefinition = {
  queue: 'access',
  overdue: expiredGrants,
  run: async ({ access }, payload) => {
    await expire(access, PAYLOAD.parse(payload));
  },
};
