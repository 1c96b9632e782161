import { z } from 'zod';
import { unweighedPolicyChanges } from '../access/sweep.ts';
import { weighPolicyChange as weigh } from '../access/weigh-policy-change.ts';
import type { JobDefinition } from './job.ts';

const PAYLOAD = z.object({ changeId: z.string().min(1).max(100) });

/** Works out what a change of the policy would have decided differently. */
export const weighPolicyChange: JobDefinition = {
  queue: 'chat',
  overdue: unweighedPolicyChanges,
  run: async ({ access, archive }, payload) => {
    await weigh(access, { ...PAYLOAD.parse(payload), archive });
  },
};
