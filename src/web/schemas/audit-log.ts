import { z } from 'zod';
import type { LogExtent } from '../../access/audit-log.ts';
import type { LogPage } from '../../audit/log-pages.ts';
import { INSTANT } from './fields.ts';

/** Pages are read one behind the other, by whoever exports or checks the log. */
export const LOG_PAGE_EVENTS_MAX = 1_000;

const SEQUENCE = z.int().min(1);

const LOGGED_EVENT = z.object({
  sequence: SEQUENCE,
  previousSha256: z.string(),
  sha256: z.string().meta({ description: 'docs/audit-log.md says over what' }),
  id: z.int(),
  at: z.string(),
  type: z.string(),
  actorId: z.string().nullable(),
  subject: z.string(),
  data: z.record(z.string(), z.unknown()),
});

const SIGNED_HEAD = z.object({
  sequence: SEQUENCE,
  sha256: z.string(),
  at: z.string(),
  signingKeySha256: z.string(),
  signature: z.string(),
});

export const LOG_PAGE = z.object({
  events: z.array(LOGGED_EVENT).readonly(),
  heads: z.array(SIGNED_HEAD).readonly().meta({ description: 'Those of these events, in order' }),
}) satisfies z.ZodType<LogPage>;

export const LOG_PAGE_QUERY = z.object({
  from: z.coerce.number().int().min(1).default(1).meta({ description: 'Sequence of the first event' }),
  limit: z.coerce.number().int().min(1).max(LOG_PAGE_EVENTS_MAX).default(LOG_PAGE_EVENTS_MAX),
});

export const LOG_EXTENT = z.object({
  first: SEQUENCE.nullable(),
  last: SEQUENCE.nullable(),
}) satisfies z.ZodType<LogExtent>;

export const LOG_EXTENT_QUERY = z.object({
  since: INSTANT.optional(),
  until: INSTANT.optional(),
});
