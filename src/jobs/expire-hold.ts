import { z } from 'zod';
import { expireHold as expire } from '../access/decide-hold.ts';
import { lapsedHolds } from '../access/sweep.ts';
import type { JobDefinition } from './job.ts';

const PAYLOAD = z.object({ holdId: z.string().min(1).max(100) });

/** Ends the wait for a command that nobody decided about in time. */
export const expireHold: JobDefinition = {
  queue: 'access',
  overdue: lapsedHolds,
  run: async ({ access }, payload) => {
    await expire(access, PAYLOAD.parse(payload));
  },
};
