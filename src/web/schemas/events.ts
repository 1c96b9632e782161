import { z } from 'zod';
import type { AuditEventView } from '../../access/read-access.ts';
import { IDENTIFIER_CHARACTERS_MAX, INSTANT, LIMIT } from './fields.ts';

export const EVENT = z.object({
  id: z.number(),
  at: INSTANT,
  type: z.string(),
  actorId: z.string().nullable(),
  subject: z.string(),
  data: z.record(z.string(), z.unknown()),
  sequence: z.number().nullable().meta({ description: 'Null until the event has its place in the chain' }),
  sha256: z.string().nullable(),
}) satisfies z.ZodType<AuditEventView>;
export type EventAnswer = z.output<typeof EVENT>;

export const EVENTS_QUERY = z.object({
  subject: z
    .string()
    .min(1)
    .max(IDENTIFIER_CHARACTERS_MAX)
    .optional()
    .meta({ description: 'Only events of this request, grant or session' }),
  limit: LIMIT,
});
