import { z } from 'zod';
import { expirePolicyChange as expire } from '../access/decide-policy-change.ts';
import { lapsedPolicyChanges } from '../access/sweep.ts';
import type { JobDefinition } from './job.ts';

const PAYLOAD = z.object({ changeId: z.string().min(1).max(100) });

/** Lapses a change of the policy that nobody decided about in time. */
export const expirePolicyChange: JobDefinition = {
  queue: 'access',
  overdue: lapsedPolicyChanges,
  run: async ({ access }, payload) => {
    await expire(access, PAYLOAD.parse(payload));
  },
};
