import { z } from 'zod';
import type { GrantView, RevealedConnection } from '../../access/views.ts';
import { GRANT_STATES } from '../../core/grant.ts';
import { REASON_CHARACTERS_MAX, REQUEST_KINDS } from '../../core/request.ts';
import { REVIEW_STATES } from '../../core/review.ts';
import { DURATION_MS, FLAG, INSTANT, LIMIT } from './fields.ts';
import { ORIGIN, PARTY } from './parties.ts';

export const GRANT = z.object({
  id: z.string(),
  requestId: z.string(),
  kind: z.enum(REQUEST_KINDS),
  state: z.enum(GRANT_STATES),
  holder: PARTY,
  approvers: z.array(PARTY).readonly(),
  resource: z.string(),
  resourceKind: z.string(),
  role: z.string(),
  reason: z.string(),
  incident: z.string().nullable(),
  origin: ORIGIN.nullable(),
  durationMs: z.number(),
  startsAt: INSTANT,
  expiresAt: INSTANT,
  endedAt: INSTANT.nullable(),
  endedBy: PARTY.nullable(),
  revealed: z.boolean(),
  problem: z
    .string()
    .nullable()
    .meta({ description: 'Why it is not prepared yet, or never was; for its holder and for overseers' }),
  review: z
    .object({ id: z.string(), state: z.enum(REVIEW_STATES) })
    .nullable()
    .meta({ description: 'What is said afterwards about break-glass access' }),
}) satisfies z.ZodType<GrantView>;
export type GrantAnswer = z.output<typeof GRANT>;

const REVEALED = z.object({
  grant: GRANT,
  host: z.string(),
  port: z.number(),
  username: z.string(),
  password: z.string().meta({ description: 'Shown once. The next reveal replaces it.' }),
  commands: z
    .array(z.object({ client: z.string(), text: z.string() }))
    .readonly()
    .meta({ description: 'Ready to paste, by client' }),
});

export const REVEALED_CONNECTION = z.discriminatedUnion('kind', [
  REVEALED.extend({ kind: z.literal('postgres'), database: z.string() }),
  REVEALED.extend({
    kind: z.literal('ssh'),
    hostKey: z.string().meta({ description: 'The public host key to pin, such as ssh-ed25519 AAAA…' }),
  }),
]) satisfies z.ZodType<RevealedConnection>;
export type RevealedAnswer = z.output<typeof REVEALED_CONNECTION>;

export const GRANTS_QUERY = z.object({
  mine: FLAG.optional(),
  live: FLAG.optional(),
  limit: LIMIT,
});

export const REVOKE_BODY = z
  .object({ reason: z.string().max(REASON_CHARACTERS_MAX).default('') })
  .default({ reason: '' });

export const EXTEND_BODY = z.strictObject({
  by: DURATION_MS.meta({ description: 'How much later it should end' }),
  reason: z.string().trim().min(1, 'a reason').max(REASON_CHARACTERS_MAX),
});
