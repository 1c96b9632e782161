import { z } from 'zod';
import type { DeadLetterView } from '../../access/dead-letters.ts';
import { DEAD_LETTER_STATES } from '../../core/dead-letter.ts';
import { IDENTIFIER_CHARACTERS_MAX, INSTANT, LIMIT } from './fields.ts';
import { PARTY } from './parties.ts';

export const DEAD_LETTER = z.object({
  id: z.string(),
  job: z.string().meta({ description: 'What kind of job it is, such as issue-grant' }),
  payload: z.record(z.string(), z.string()).meta({ description: 'Ids of what it is about' }),
  state: z.enum(DEAD_LETTER_STATES),
  attempts: z.number(),
  reason: z.string().meta({ description: 'Why the last attempt failed' }),
  askedAt: INSTANT,
  failedAt: INSTANT,
  decidedAt: INSTANT.nullable(),
  decidedBy: PARTY.nullable(),
}) satisfies z.ZodType<DeadLetterView>;
export type DeadLetterAnswer = z.output<typeof DEAD_LETTER>;

export const DEAD_LETTERS_QUERY = z.object({
  state: z
    .enum([...DEAD_LETTER_STATES, 'all'])
    .default('waiting')
    .meta({ description: 'Those that wait for somebody, unless it says otherwise' }),
  job: z.string().min(1).max(IDENTIFIER_CHARACTERS_MAX).optional(),
  limit: LIMIT,
});
