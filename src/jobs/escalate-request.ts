import { z } from 'zod';
import { escalateRequest as escalate } from '../access/remind-request.ts';
import { requestsToEscalate } from '../access/sweep.ts';
import type { JobDefinition } from './job.ts';

const PAYLOAD = z.object({ requestId: z.string().min(1).max(100) });

/** Asks others as well about a request that nobody decides about. */
export const escalateRequest: JobDefinition = {
  queue: 'access',
  overdue: requestsToEscalate,
  run: async ({ access }, payload) => {
    await escalate(access, PAYLOAD.parse(payload));
  },
};
