import { z } from 'zod';
import { KEY_CHANGES } from '../access/ports.ts';
import type { JobDefinition } from './job.ts';

const PAYLOAD = z.object({ keyId: z.string().min(1).max(100), change: z.enum(KEY_CHANGES) });

/** Tells somebody that a key which logs in as them was added or removed. */
export const tellKeyChange: JobDefinition = {
  queue: 'chat',
  // What was not told is not told days later: the list of keys has it.
  overdue: async () => [],
  run: async ({ errands }, payload) => {
    await errands.tellKeyChange(PAYLOAD.parse(payload));
  },
};
