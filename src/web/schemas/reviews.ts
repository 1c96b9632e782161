import { z } from 'zod';
import type { ReviewView, ReviewVoteView } from '../../access/review-views.ts';
import { GRANT_STATES } from '../../core/grant.ts';
import { NOTE_CHARACTERS_MAX } from '../../core/request.ts';
import { REVIEW_STATES, REVIEW_VERDICTS } from '../../core/review.ts';
import { INSTANT, LIMIT } from './fields.ts';
import { ORIGIN, PARTY } from './parties.ts';
import { SEAT } from './requests.ts';

const VOTE = z.object({
  person: PARTY,
  onBehalfOf: PARTY.nullable(),
  verdict: z.enum(REVIEW_VERDICTS),
  note: z.string().nullable(),
  platform: z.string(),
  at: INSTANT,
}) satisfies z.ZodType<ReviewVoteView>;

export const REVIEW = z.object({
  id: z.string(),
  state: z.enum(REVIEW_STATES),
  grantId: z.string(),
  grantState: z.enum(GRANT_STATES),
  requestId: z.string(),
  requester: PARTY,
  holder: PARTY,
  resource: z.string(),
  resourceKind: z.string(),
  role: z.string(),
  reason: z.string(),
  ticket: z.string().nullable(),
  incident: z.string().nullable(),
  origin: ORIGIN.nullable(),
  startsAt: INSTANT,
  expiresAt: INSTANT,
  endedAt: INSTANT.nullable(),
  sessions: z.number(),
  seats: z.array(SEAT).readonly(),
  votes: z.array(VOTE).readonly(),
  createdAt: INSTANT,
  dueAt: INSTANT,
  remindAt: INSTANT,
  reminders: z.number(),
  remindedAt: INSTANT.nullable(),
  decidedAt: INSTANT.nullable(),
  decidedBy: PARTY.nullable(),
  note: z.string().nullable(),
}) satisfies z.ZodType<ReviewView>;
export type ReviewAnswer = z.output<typeof REVIEW>;

export const REVIEWS_QUERY = z.object({ state: z.enum(REVIEW_STATES).optional(), limit: LIMIT });

export const REVIEW_VOTE_BODY = z.strictObject({
  verdict: z.enum(REVIEW_VERDICTS),
  note: z.string().min(1).max(NOTE_CHARACTERS_MAX).optional().meta({ description: 'Needed for unjustified' }),
});
