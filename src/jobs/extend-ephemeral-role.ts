import { z } from 'zod';
import { extendEphemeralRole as extend } from '../access/ephemeral-role.ts';
import { rolesToExtend } from '../access/sweep.ts';
import type { JobDefinition } from './job.ts';

const PAYLOAD = z.object({ grantId: z.string().min(1).max(100) });

/** Tells the target the new deadline of a grant's login role. */
export const extendEphemeralRole: JobDefinition = {
  queue: 'access',
  overdue: rolesToExtend,
  run: async ({ access, preparer }, payload) => {
    const { grantId } = PAYLOAD.parse(payload);
    await extend(access, { grantId, preparer });
  },
};
