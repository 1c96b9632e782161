import { z } from 'zod';
import type { SinkLetterView, SinkView } from '../../access/sinks/read-sinks.ts';
import type { SinkTest } from '../../access/sinks/test-sink.ts';
import { SINK_LETTER_STATES } from '../../core/sink.ts';
import { INSTANT } from './fields.ts';
import { PARTY } from './parties.ts';

const BECAUSE_CHARACTERS_MAX = 500;

export const SINK = z.object({
  name: z.string(),
  kind: z.enum(['webhook', 'splunk-hec', 'elasticsearch', 'syslog', 'otlp']),
  state: z.enum(['waiting', 'running', 'failing', 'paused']),
  cursor: z.number().meta({ description: 'The last event of the log that it has, or that was put aside' }),
  lagEvents: z.number(),
  lagSeconds: z.number().meta({ description: 'How long the first event that it has not taken has waited' }),
  sent: z.number(),
  lastSentAt: INSTANT.nullable(),
  failures: z.number().meta({ description: 'In a row' }),
  lastError: z.string().nullable(),
  lastErrorAt: INSTANT.nullable(),
  deadLetters: z.number().meta({ description: 'Events that it would not take and that wait for somebody' }),
  paused: z.object({ at: INSTANT, by: PARTY.nullable(), because: z.string() }).nullable(),
}) satisfies z.ZodType<SinkView>;
export type SinkAnswer = z.output<typeof SINK>;

const SINK_LETTER = z.object({
  sequence: z.number(),
  type: z.string(),
  subject: z.string(),
  at: INSTANT,
  state: z.enum(SINK_LETTER_STATES),
  attempts: z.number(),
  reason: z.string(),
  failedAt: INSTANT,
}) satisfies z.ZodType<SinkLetterView>;

export const SINK_IN_FULL = SINK.extend({ letters: z.array(SINK_LETTER).readonly() });
export type SinkInFullAnswer = z.output<typeof SINK_IN_FULL>;

export const SINK_WITH_COUNT = SINK.extend({
  letters: z.number().meta({ description: 'How many dead letters it was about' }),
});

export const SINK_TEST = z.object({
  name: z.string(),
  delivered: z.boolean(),
  tookMs: z.number(),
  problem: z.string().nullable(),
}) satisfies z.ZodType<SinkTest>;

export const SINK_PATH = z.object({ name: z.string().min(1).max(64) });
export const SINK_PAUSE = z.object({ because: z.string().trim().min(1).max(BECAUSE_CHARACTERS_MAX) });
export const SINK_LETTERS = z.object({
  sequence: z.int().min(1).optional().meta({ description: 'One dead letter; all when left out' }),
});
