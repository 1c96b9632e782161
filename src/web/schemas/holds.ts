import { z } from 'zod';
import type { HoldView, HoldVoteView } from '../../access/views.ts';
import type { CommandContext } from '../../core/hold.ts';
import { HOLD_SCOPES, HOLD_STATES, WITHDRAWAL_CAUSES } from '../../core/hold.ts';
import { NOTE_CHARACTERS_MAX, VOTE_VERDICTS } from '../../core/request.ts';
import { EFFECTS } from '../../core/statement.ts';
import { FLAG, IDENTIFIER_CHARACTERS_MAX, INSTANT } from './fields.ts';
import { ORIGIN, PARTY } from './parties.ts';
import { SEAT } from './requests.ts';

/** A hold can be a megabyte long. */
const HOLDS_LISTED_MAX = 50;

const VOTE = z.object({
  person: PARTY,
  onBehalfOf: PARTY.nullable(),
  verdict: z.enum(VOTE_VERDICTS),
  scope: z.enum(HOLD_SCOPES),
  note: z.string().nullable(),
  platform: z.string(),
  at: INSTANT,
}) satisfies z.ZodType<HoldVoteView>;

const DATABASE_CONTEXT = z.object({
  searchPath: z.string().nullable(),
  database: z.string(),
  account: z.string(),
});

const HOST_CONTEXT = z.object({
  directory: z.string(),
  environment: z.array(z.object({ name: z.string(), value: z.string() })).readonly(),
  account: z.string(),
  stdin: z.literal('nothing').meta({ description: 'A command that waits for people reads nothing' }),
});

const CONTEXT = z.union([HOST_CONTEXT, DATABASE_CONTEXT]) satisfies z.ZodType<CommandContext>;

export const HOLD = z.object({
  id: z.string(),
  state: z.enum(HOLD_STATES),
  sessionId: z.string(),
  grantId: z.string(),
  requestId: z.string(),
  holder: PARTY,
  resource: z.string(),
  resourceKind: z.string(),
  role: z.string(),
  incident: z.string().nullable(),
  origin: ORIGIN.nullable(),
  statement: z.number(),
  text: z.string(),
  textSha256: z.string(),
  parameters: z.array(z.string().nullable()).readonly(),
  effects: z.array(z.enum(EFFECTS)).readonly(),
  relations: z.array(z.string()).readonly(),
  context: CONTEXT,
  rule: z.string(),
  reason: z.string(),
  policyVersion: z.string(),
  seats: z.array(SEAT).readonly(),
  votes: z.array(VOTE).readonly(),
  scope: z.enum(HOLD_SCOPES).nullable(),
  note: z.string().nullable(),
  withdrawnBecause: z.enum(WITHDRAWAL_CAUSES).nullable(),
  createdAt: INSTANT,
  expiresAt: INSTANT,
  decidedAt: INSTANT.nullable(),
}) satisfies z.ZodType<HoldView>;
export type HoldAnswer = z.output<typeof HOLD>;

export const HOLDS_QUERY = z.object({
  state: z.enum(HOLD_STATES).optional(),
  session: z.string().min(1).max(IDENTIFIER_CHARACTERS_MAX).optional(),
  mine: FLAG.optional(),
  forMe: FLAG.optional().meta({ description: 'Only those that wait for the vote of the caller' }),
  limit: z.coerce.number().int().min(1).max(HOLDS_LISTED_MAX).default(HOLDS_LISTED_MAX),
});

export const HOLD_VOTE_BODY = z.strictObject({
  verdict: z.enum(VOTE_VERDICTS),
  scope: z.enum(HOLD_SCOPES).default('once').meta({
    description: '`session`: the identical text and parameters for the rest of the session',
  }),
  textSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'the hash of the command, in hex')
    .meta({ description: 'Of the command that the voter has seen; it must be the one that is held' }),
  note: z.string().min(1).max(NOTE_CHARACTERS_MAX).optional(),
});
