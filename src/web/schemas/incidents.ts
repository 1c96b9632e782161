import { z } from 'zod';
import { TIMELINE_KINDS } from '../../core/incident.ts';
import { INSTANT } from './fields.ts';
import { PARTY } from './parties.ts';

export const INCIDENT_PATH = z.object({ name: z.string().min(1).max(100) });
export const TIMELINE_QUERY = z.object({ format: z.enum(['json', 'markdown']).default('json') });

export const INCIDENT_TIMELINE = z.object({
  name: z.string(),
  title: z.string().nullable().describe('Null for a channel that is an incident by its name alone'),
  state: z.enum(['open', 'closed']),
  from: INSTANT.nullable(),
  to: INSTANT,
  entries: z
    .array(
      z.object({
        at: INSTANT,
        kind: z.enum(TIMELINE_KINDS),
        subject: z.string().describe('The id of what it is about'),
        who: PARTY.nullable().describe('Null for the policy, the clock or the system'),
        text: z.string(),
        code: z
          .string()
          .nullable()
          .describe('A statement, literals replaced, or a command, secrets redacted'),
      }),
    )
    .readonly(),
  hiddenSessions: z.number().describe('Sessions that the caller may not see'),
  cut: z.boolean().describe('True when there is more than is listed'),
});
