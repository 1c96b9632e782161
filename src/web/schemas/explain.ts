import { z } from 'zod';
import type { ExplainedRequest } from '../../access/explain-request.ts';
import type { OnCallView } from '../../access/who-is-on-call.ts';
import { POLICY_BYTES_MAX } from '../../core/policy-change.ts';
import { REASON_CHARACTERS_MAX, REQUEST_KINDS } from '../../core/request.ts';
import { IDENTIFIER_CHARACTERS_MAX, INSTANT } from './fields.ts';
import { REQUEST_BODY } from './requests.ts';
import { SEAT_NEEDED } from './resources.ts';

export const EXPLAIN_BODY = REQUEST_BODY.extend({
  user: z.string().min(1).max(IDENTIFIER_CHARACTERS_MAX).optional().meta({
    description: 'E-mail address of a person, or the name of a workload; whoever asks when left out',
  }),
  kind: z.enum(REQUEST_KINDS).default('access'),
  reason: z.string().trim().max(REASON_CHARACTERS_MAX).default(''),
  document: z
    .string()
    .max(POLICY_BYTES_MAX)
    .optional()
    .meta({ description: 'Another sallyport.yaml than the one in force' }),
});

export const EXPLAINED_REQUEST = z.object({
  user: z.object({
    kind: z.enum(['person', 'workload']),
    name: z.string(),
    email: z.string(),
    groups: z.array(z.string()).readonly(),
    groupsSeenAt: INSTANT.nullable(),
  }),
  kind: z.enum(REQUEST_KINDS),
  resource: z.string(),
  role: z.string(),
  durationMs: z.number(),
  outcome: z.enum(['refused', 'automatic', 'votes', 'break-glass']),
  policy: z.string().nullable(),
  policyVersion: z.string(),
  explanation: z.string(),
  seats: z.array(SEAT_NEEDED).readonly(),
  policies: z
    .array(
      z.object({
        policy: z.string(),
        effect: z.enum(['allow', 'deny']),
        holds: z.boolean(),
        wins: z.boolean(),
        reasons: z.array(z.string()).readonly(),
      }),
    )
    .readonly(),
  remarks: z.array(z.string()).readonly(),
}) satisfies z.ZodType<ExplainedRequest>;
export type ExplainedAnswer = z.output<typeof EXPLAINED_REQUEST>;

export const ON_CALL = z.object({
  schedule: z.string(),
  level: z.number(),
  people: z.array(z.object({ name: z.string(), email: z.string() })).readonly(),
  asOf: INSTANT.nullable().meta({ description: 'Null when it is not known who is on call' }),
  fallback: z.string().nullable().meta({ description: 'The group that stands in while it is not known' }),
}) satisfies z.ZodType<OnCallView>;
export type OnCallAnswer = z.output<typeof ON_CALL>;
