import { z } from 'zod';
import { CARD_SUBJECTS } from '../access/ports.ts';
import { cardsBehind } from '../access/sweep.ts';
import type { JobDefinition } from './job.ts';

const PAYLOAD = z.object({ subject: z.enum(CARD_SUBJECTS), id: z.string().min(1).max(100) });

/** Posts the card of a request, grant or session where it is missing, and edits the copies that are behind. */
export const syncCard: JobDefinition = {
  queue: 'chat',
  overdue: cardsBehind,
  run: async ({ publisher }, payload) => {
    const { subject, id } = PAYLOAD.parse(payload);
    await publisher.syncCard(subject, id);
  },
};
