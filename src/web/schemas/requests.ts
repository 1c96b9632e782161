import { z } from 'zod';
import type { CommentView, ConsentView, RequestView, SeatView, VoteView } from '../../access/views.ts';
import {
  COMMENT_CHARACTERS_MAX,
  NOTE_CHARACTERS_MAX,
  REASON_CHARACTERS_MAX,
  REQUEST_KINDS,
  REQUEST_STATES,
  TICKET_CHARACTERS_MAX,
  VOTE_VERDICTS,
} from '../../core/request.ts';
import { DURATION_MS, FLAG, IDENTIFIER_CHARACTERS_MAX, INSTANT, LIMIT } from './fields.ts';
import { GRANT } from './grants.ts';
import { ORIGIN, PARTY } from './parties.ts';

const NAME_CHARACTERS_MAX = 63;
const CHANNEL_CHARACTERS_MAX = 100;
const IDEMPOTENCY_KEY_CHARACTERS_MAX = 200;

const VOTE = z.object({
  person: PARTY,
  onBehalfOf: PARTY.nullable(),
  verdict: z.enum(VOTE_VERDICTS),
  note: z.string().nullable(),
  durationMs: z.number().nullable(),
  steppedUp: z.boolean(),
  platform: z.string(),
  at: INSTANT,
}) satisfies z.ZodType<VoteView>;

const CONSENT = z.object({
  from: z.string().meta({ description: 'Who has to consent: an e-mail address' }),
  given: z.boolean(),
  by: PARTY.nullable(),
  at: INSTANT.nullable(),
}) satisfies z.ZodType<ConsentView>;

const COMMENT = z.object({
  author: PARTY,
  text: z.string(),
  platform: z.string(),
  at: INSTANT,
}) satisfies z.ZodType<CommentView>;

export const SEAT = z.object({
  name: z.string(),
  count: z.number(),
  anyOf: z.array(z.string()).readonly().meta({ description: 'What fills it: group:NAME, person:ADDRESS' }),
  filledBy: z.array(PARTY).readonly(),
}) satisfies z.ZodType<SeatView>;

export const REQUEST = z.object({
  id: z.string(),
  kind: z.enum(REQUEST_KINDS),
  state: z.enum(REQUEST_STATES),
  requester: PARTY,
  beneficiary: PARTY,
  consent: CONSENT.nullable(),
  extends: z.string().nullable().meta({ description: 'The grant that an extension is about' }),
  againOf: z.string().nullable().meta({ description: 'The request that was asked once more' }),
  resource: z.string(),
  resourceKind: z.string(),
  role: z.string(),
  durationMs: z.number(),
  reason: z.string(),
  ticket: z.string().nullable(),
  incident: z.string().nullable(),
  origin: ORIGIN.nullable(),
  policy: z.string(),
  policyVersion: z.string(),
  explanation: z.string(),
  automatic: z.boolean(),
  seats: z.array(SEAT).readonly(),
  votes: z.array(VOTE).readonly(),
  comments: z.array(COMMENT).readonly(),
  stepUp: z.boolean().meta({ description: 'A vote needs a fresh sign-in' }),
  createdAt: INSTANT,
  lapsesAt: INSTANT,
  remindedAt: INSTANT.nullable(),
  escalation: z.object({ group: z.string(), at: INSTANT }).nullable(),
  escalatedAt: INSTANT.nullable(),
  tightened: z
    .object({ policy: z.string(), at: INSTANT })
    .nullable()
    .meta({ description: 'A later policy that asks for more, which is waited for' }),
  decidedAt: INSTANT.nullable(),
  closed: z
    .object({ because: z.string(), by: PARTY.nullable() })
    .nullable()
    .meta({ description: 'Why it is denied without a vote against it' }),
  grant: GRANT.nullable(),
}) satisfies z.ZodType<RequestView>;
export type RequestAnswer = z.output<typeof REQUEST>;

export const REQUEST_BODY = z.strictObject({
  resource: z.string().min(1).max(NAME_CHARACTERS_MAX),
  role: z.string().min(1).max(NAME_CHARACTERS_MAX).optional(),
  duration: DURATION_MS.optional(),
  reason: z.string().trim().min(1, 'a reason').max(REASON_CHARACTERS_MAX),
  ticket: z.string().min(1).max(TICKET_CHARACTERS_MAX).optional(),
  incident: z
    .string()
    .min(1)
    .max(CHANNEL_CHARACTERS_MAX)
    .optional()
    .meta({ description: "The incident's channel" }),
});

const NAMED = z.string().min(1).max(IDENTIFIER_CHARACTERS_MAX).optional();

export const NEW_REQUEST_BODY = REQUEST_BODY.extend({
  forUser: NAMED.meta({
    description: 'The access is for this person, by id or e-mail address, who has to consent',
  }),
  forWorkload: NAMED.meta({ description: 'The access is for this workload; its owner has to consent' }),
}).refine(({ forUser, forWorkload }) => forUser === undefined || forWorkload === undefined, {
  message: 'forUser or forWorkload, not both',
});

/** Loose, because validated headers replace the request's own. */
export const REQUEST_HEADERS = z.looseObject({
  'idempotency-key': z
    .string()
    .min(1)
    .max(IDEMPOTENCY_KEY_CHARACTERS_MAX)
    .optional()
    .meta({ description: 'Sending the same key again answers with the first request' }),
});

export const REQUESTS_QUERY = z.object({
  state: z.enum(REQUEST_STATES).optional(),
  mine: FLAG.optional(),
  forMe: FLAG.optional().meta({
    description: 'Only pending ones that the caller may vote on; nothing else narrows these',
  }),
  voted: FLAG.optional().meta({ description: 'Only those that the caller voted on' }),
  who: NAMED.meta({
    description: 'A part of a name or an address, or an id: of who asked, or of whom it is for',
  }),
  resource: NAMED,
  incident: NAMED,
  limit: LIMIT,
});

export const VOTE_BODY = z.strictObject({
  verdict: z.enum(VOTE_VERDICTS),
  duration: DURATION_MS.optional().meta({ description: 'Approve for less' }),
  note: z.string().min(1).max(NOTE_CHARACTERS_MAX).optional(),
});

export const VOTE_ANSWER = z.object({
  request: REQUEST,
  outcome: z.enum(['recorded', 'approved', 'denied', 'closed']),
});

export const COMMENT_BODY = z.strictObject({ text: z.string().trim().min(1).max(COMMENT_CHARACTERS_MAX) });

export const CONSENT_BODY = z.strictObject({
  verdict: z.enum(VOTE_VERDICTS),
  note: z.string().min(1).max(NOTE_CHARACTERS_MAX).optional().meta({ description: 'Needed to refuse' }),
});
