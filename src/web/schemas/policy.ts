import { z } from 'zod';
import type { PolicyChangeView, PolicyChangeVoteView } from '../../access/policy-change-views.ts';
import type { PolicyTextView } from '../../access/read-policy-changes.ts';
import {
  POLICY_BYTES_MAX,
  POLICY_CHANGE_SOURCES,
  POLICY_CHANGE_STATES,
  POLICY_COMMENT_CHARACTERS_MAX,
} from '../../core/policy-change.ts';
import {
  type ImpactGroup,
  type PolicyImpact,
  SIMULATED_OUTCOMES,
  type SimulatedChange,
} from '../../core/policy-impact.ts';
import { NOTE_CHARACTERS_MAX, VOTE_VERDICTS } from '../../core/request.ts';
import { DURATION_MS, IDENTIFIER_CHARACTERS_MAX, INSTANT, LIMIT } from './fields.ts';
import { PARTY } from './parties.ts';
import { PROBLEM } from './problem.ts';
import { SEAT } from './requests.ts';

/** JSON may need two characters for one of the text. */
export const POLICY_BODY_BYTES_MAX = 2 * POLICY_BYTES_MAX + 65_536;

const VERSION = z.string().min(1).max(64);
const TEXT = z.string().max(POLICY_BYTES_MAX).meta({ description: 'A sallyport.yaml' });
const OUTCOME = z.enum(SIMULATED_OUTCOMES);
const COUNT = z.object({ compared: z.number(), changed: z.number(), skipped: z.number() });

const GROUP = z.object({
  subject: z.enum(['request', 'statement']),
  from: OUTCOME,
  to: OUTCOME,
  because: z.string(),
  count: z.number(),
  example: z.string(),
}) satisfies z.ZodType<ImpactGroup>;

const POLICY_IMPACT = z.object({
  version: z.string(),
  baseVersion: z.string(),
  sinceMs: z.number(),
  requests: COUNT,
  statements: COUNT,
  groups: z.array(GROUP).readonly(),
  notes: z.array(z.string()).readonly(),
}) satisfies z.ZodType<PolicyImpact>;

const VOTE = z.object({
  person: PARTY,
  onBehalfOf: PARTY.nullable(),
  verdict: z.enum(VOTE_VERDICTS),
  note: z.string().nullable(),
  platform: z.string(),
  at: INSTANT,
}) satisfies z.ZodType<PolicyChangeVoteView>;

export const POLICY_CHANGE = z.object({
  id: z.string(),
  state: z.enum(POLICY_CHANGE_STATES),
  version: z.string(),
  baseVersion: z.string(),
  proposer: PARTY.nullable(),
  source: z.enum(POLICY_CHANGE_SOURCES),
  comment: z.string().nullable(),
  seats: z.array(SEAT).readonly(),
  votes: z.array(VOTE).readonly(),
  difference: z.string().meta({ description: 'Unified; it says so where it was cut' }),
  impact: POLICY_IMPACT.nullable(),
  inForce: z.boolean(),
  createdAt: INSTANT,
  lapsesAt: INSTANT,
  decidedAt: INSTANT.nullable(),
}) satisfies z.ZodType<PolicyChangeView>;
export type PolicyChangeAnswer = z.output<typeof POLICY_CHANGE>;

export const POLICY_CHANGES_QUERY = z.object({
  state: z.enum(POLICY_CHANGE_STATES).optional(),
  limit: LIMIT,
});

export const POLICY_PROPOSAL_BODY = z.strictObject({
  text: TEXT,
  comment: z.string().max(POLICY_COMMENT_CHARACTERS_MAX).optional(),
  expectedVersion: VERSION.optional().meta({
    description: 'Refused with 409 when another version is in force',
  }),
});

export const POLICY_VOTE_BODY = z.strictObject({
  verdict: z.enum(VOTE_VERDICTS),
  version: VERSION.meta({ description: 'Of the policy that the voter has seen' }),
  note: z.string().min(1).max(NOTE_CHARACTERS_MAX).optional(),
});

export const POLICY_TEXT = z.object({
  version: z.string(),
  text: z.string(),
  inForce: z.boolean(),
}) satisfies z.ZodType<PolicyTextView>;

export const POLICY_TEXT_QUERY = z.object({
  version: z.string().min(1).max(IDENTIFIER_CHARACTERS_MAX).optional(),
});

export const SIMULATION_BODY = z.strictObject({ text: TEXT, since: DURATION_MS });

const CHANGED = {
  from: OUTCOME,
  to: OUTCOME,
  because: z.string(),
  reason: z.string(),
  at: z.string(),
  resource: z.string(),
  role: z.string(),
};

const SIMULATED_CHANGE = z.discriminatedUnion('subject', [
  z.object({ subject: z.literal('request'), requestId: z.string(), holder: z.string(), ...CHANGED }),
  z.object({
    subject: z.literal('statement'),
    sessionId: z.string(),
    statement: z.number(),
    text: z.string(),
    ...CHANGED,
  }),
]) satisfies z.ZodType<SimulatedChange>;

/** Each line of a simulation's answer has one of these. */
export const SIMULATION_LINE = z.union([
  z.object({ progress: z.object({ done: z.number(), total: z.number() }) }),
  z.object({ change: SIMULATED_CHANGE }),
  z.object({ impact: POLICY_IMPACT }),
  z.object({ problem: PROBLEM }),
]);
export type SimulationLine = z.output<typeof SIMULATION_LINE>;
