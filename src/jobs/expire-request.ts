import { z } from 'zod';
import { expireRequest as expire } from '../access/close-request.ts';
import { lapsedRequests } from '../access/sweep.ts';
import type { JobDefinition } from './job.ts';

const PAYLOAD = z.object({ requestId: z.string().min(1).max(100) });

/** Lapses a request that nobody decided about in time. */
export const expireRequest: JobDefinition = {
  queue: 'access',
  overdue: lapsedRequests,
  run: async ({ access }, payload) => {
    await expire(access, PAYLOAD.parse(payload));
  },
};
