/** Events as bytes: JSON in UTF-8. What is read back is checked against the types of `events.ts`. */
import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import { HOLD_SCOPES, HOLD_STATES } from '../core/hold.ts';
import { END_REASONS } from '../core/session.ts';
import { EFFECTS } from '../core/statement.ts';
import type { RecordingEvent } from './events.ts';

/** The largest event that is recorded, as JSON. Results are cut into several `rows` events far below it. */
export const EVENT_BYTES_MAX = 64 * 1_048_576;

const count = z.number().int().nonnegative();
const cells = z.array(z.string().nullable());

const facts = z.object({
  sessionId: z.string(),
  grantId: z.string(),
  requestId: z.string(),
  holder: z.object({ id: z.string(), name: z.string(), email: z.string() }),
  approvers: z.array(z.object({ id: z.string(), name: z.string() })),
  resource: z.string(),
  resourceKind: z.string(),
  role: z.string(),
  reason: z.string(),
  incident: z.string().nullable(),
  clientAddress: z.string(),
  application: z.string().nullable(),
  policyVersion: z.string(),
  startedAt: z.string(),
});

const analysis = z.object({
  text: z.string(),
  effects: z.array(z.enum(EFFECTS)),
  relations: z.array(
    z.object({ schema: z.string().nullable(), name: z.string(), access: z.enum(['read', 'write']) }),
  ),
  functions: z.array(z.string()),
  flags: z.array(z.enum(['missing-where', 'several-statements', 'explain-only'])),
});

const verdict = z.discriminatedUnion('action', [
  z.object({ action: z.literal('allow'), rule: z.string().nullable(), reason: z.string() }),
  z.object({ action: z.literal('deny'), rule: z.string(), reason: z.string() }),
  z.object({
    action: z.literal('review'),
    rule: z.string(),
    reason: z.string(),
    approval: z.object({
      seats: z.array(z.object({ group: z.string(), count })),
      withinMs: z.number(),
    }),
  }),
]);

const counts = z.object({
  commands: count,
  denied: count,
  held: count,
  rows: count,
  bytes: count,
  maskedCells: count,
});

/** Not held to be positive: a clock that was set back must not make an authentic event unreadable. */
const atMs = z.number();

const event: z.ZodType<RecordingEvent> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), atMs, facts }),
  z.object({
    type: z.literal('statement'),
    atMs,
    statement: count,
    text: z.string(),
    textSha256: z.string(),
    protocol: z.enum(['simple', 'prepare', 'execute']),
    parameters: cells,
    analysis: z.array(analysis),
    verdict,
  }),
  z.object({
    type: z.literal('hold'),
    atMs,
    statement: count,
    hold: z.string(),
    state: z.enum(HOLD_STATES),
    scope: z.enum(HOLD_SCOPES).nullable(),
    by: z.array(z.object({ id: z.string(), name: z.string() })),
    note: z.string().nullable(),
  }),
  z.object({
    type: z.literal('rows'),
    atMs,
    statement: count,
    columns: z.array(z.object({ name: z.string(), masked: z.boolean() })),
    rows: z.array(cells),
  }),
  z.object({
    type: z.literal('outcome'),
    atMs,
    statement: count,
    durationMs: z.number(),
    tags: z.array(z.string()),
    rows: count,
    maskedCells: count,
    error: z.object({ sqlState: z.string(), message: z.string() }).nullable(),
  }),
  z.object({ type: z.literal('end'), atMs, reason: z.enum(END_REASONS), counts }),
]);

/** @throws AppError `too_large` above EVENT_BYTES_MAX */
export function encodeEvent(value: RecordingEvent): Buffer {
  const bytes = Buffer.from(JSON.stringify(value), 'utf8');
  if (bytes.length > EVENT_BYTES_MAX) {
    const message = `A ${value.type} event of ${bytes.length} bytes is too large to be recorded.`;
    throw new AppError('too_large', message, { context: { bytesMax: EVENT_BYTES_MAX } });
  }
  return bytes;
}

/** @returns null for bytes that are not an event this program knows */
export function parseEvent(bytes: Buffer): RecordingEvent | null {
  const parsed = event.safeParse(parseJson(bytes));
  return parsed.success ? parsed.data : null;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}
