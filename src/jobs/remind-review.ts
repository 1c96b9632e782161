import { z } from 'zod';
import { remindReview as remind } from '../access/reviews.ts';
import { reviewsToRemind } from '../access/sweep.ts';
import type { JobDefinition } from './job.ts';

const PAYLOAD = z.object({ reviewId: z.string().min(1).max(100) });

/** Reminds the reviewers of break-glass access that nobody has decided about. */
export const remindReview: JobDefinition = {
  queue: 'access',
  overdue: reviewsToRemind,
  run: async ({ access }, payload) => {
    await remind(access, PAYLOAD.parse(payload));
  },
};
