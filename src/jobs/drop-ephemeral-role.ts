import { z } from 'zod';
import { dropEphemeralRole as drop } from '../access/ephemeral-role.ts';
import { rolesToDrop } from '../access/sweep.ts';
import type { JobDefinition } from './job.ts';

const PAYLOAD = z.object({ grantId: z.string().min(1).max(100) });

/** Removes the login role of a grant that has ended from its target. */
export const dropEphemeralRole: JobDefinition = {
  queue: 'access',
  overdue: rolesToDrop,
  run: async ({ access, roles }, payload) => {
    const { grantId } = PAYLOAD.parse(payload);
    const outcome = await drop(access, { grantId, dropper: roles });
    if (outcome === 'busy') throw new Error(`the role of grant ${grantId} is being worked on`);
  },
};
