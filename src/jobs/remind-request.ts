import { z } from 'zod';
import { remindRequest as remind } from '../access/remind-request.ts';
import { requestsToRemind } from '../access/sweep.ts';
import type { JobDefinition } from './job.ts';

const PAYLOAD = z.object({ requestId: z.string().min(1).max(100) });

/** Reminds those who may decide about a request that waits. */
export const remindRequest: JobDefinition = {
  queue: 'access',
  overdue: requestsToRemind,
  run: async ({ access }, payload) => {
    await remind(access, PAYLOAD.parse(payload));
  },
};
