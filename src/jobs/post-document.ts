import { z } from 'zod';
import { documentsToPost } from '../access/documents.ts';
import type { JobDefinition } from './job.ts';

const PAYLOAD = z.object({ documentId: z.string().min(1).max(100) });

/** Posts a document that somebody asked for in chat. */
export const postDocument: JobDefinition = {
  queue: 'chat',
  overdue: documentsToPost,
  run: async ({ errands }, payload) => {
    await errands.postDocument(PAYLOAD.parse(payload).documentId);
  },
};
