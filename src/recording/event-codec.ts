/**
 * Events as text: JSON, one event a line. What is read back is checked against the types of `events.ts`.
 * A statement's hash is not stored, because it follows from the text.
 */
import { hash } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import { HOLD_SCOPES, HOLD_STATES } from '../core/hold.ts';
import { END_REASONS } from '../core/session.ts';
import { EFFECTS } from '../core/statement.ts';
import { CHANNEL_KINDS, type RecordingEvent, type RecordingInput } from './events.ts';
import { RepeatReader, RepeatWriter, type StoredStatement } from './repeats.ts';

/** The largest event that is recorded, as JSON. Results are cut into several `rows` events far below it. */
const EVENT_BYTES_MAX = 64 * 1_048_576;
/** Events that are sealed together. */
export const EVENTS_BYTES_MAX = EVENT_BYTES_MAX + 1_048_576;
/** Of one UTF-16 code unit. */
const UTF8_BYTES_MAX = 3;

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

/** Of a command on a host; absent for a database's statement. */
const commandMembers = {
  programs: z
    .array(z.object({ name: z.string(), arguments: z.array(z.string()), patterns: z.array(z.string()) }))
    .exactOptional(),
  paths: z
    .array(
      z.object({
        path: z.string(),
        certainty: z.enum(['exact', 'pattern', 'guess']),
        access: z.enum(['read', 'write', 'named']),
        reach: z.enum(['itself', 'below']).exactOptional(),
      }),
    )
    .exactOptional(),
  hidden: z
    .array(
      z.object({
        name: z.string(),
        because: z.enum(['runs-others', 'elsewhere', 'variable', 'unread']),
      }),
    )
    .exactOptional(),
};

const analysis = z.object({
  text: z.string(),
  effects: z.array(z.enum(EFFECTS)),
  relations: z.array(
    z.object({ schema: z.string().nullable(), name: z.string(), access: z.enum(['read', 'write']) }),
  ),
  functions: z.array(z.string()),
  flags: z.array(z.enum(['missing-where', 'several-statements', 'explain-only', 'volatile-function'])),
  ...commandMembers,
});

const verdict = z.discriminatedUnion('action', [
  z.object({ action: z.literal('allow'), rule: z.string().nullable(), reason: z.string() }),
  z.object({ action: z.literal('deny'), rule: z.string(), reason: z.string() }),
  z.object({
    action: z.literal('review'),
    rule: z.string(),
    reason: z.string(),
    approval: z.object({
      seats: z.array(z.object({ name: z.string(), count, anyOf: z.array(z.string()) })),
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

const storedEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), atMs, facts }),
  z.object({
    type: z.literal('statement'),
    atMs,
    statement: count,
    protocol: z.enum(['simple', 'prepare', 'execute']),
    parameters: cells,
    /** The number of the statement that this one repeats in all that is left out. */
    like: count.optional(),
    text: z.string().optional(),
    analysis: z.array(analysis).optional(),
    verdict: verdict.optional(),
  }),
  z.object({ type: z.literal('policy'), atMs, version: z.string() }),
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
  z.object({
    type: z.literal('channel'),
    atMs,
    channel: count,
    kind: z.enum(CHANNEL_KINDS),
    terminal: z.object({ term: z.string(), columns: count, rows: count }).nullable(),
    detail: z.string().nullable(),
  }),
  z.object({
    type: z.literal('output'),
    atMs,
    channel: count,
    statement: count.nullable(),
    stream: z.enum(['stdout', 'stderr']),
    text: z.string(),
  }),
  z.object({
    type: z.literal('input'),
    atMs,
    channel: count,
    statement: count.nullable(),
    text: z.string(),
  }),
  z.object({ type: z.literal('resize'), atMs, channel: count, columns: count, rows: count }),
  z.object({ type: z.literal('mark'), atMs, channel: count, label: z.string() }),
  z.object({
    type: z.literal('file'),
    atMs,
    channel: count,
    statement: count,
    direction: z.enum(['download', 'upload']),
    path: z.string(),
    bytes: count,
    sha256: z.string().nullable(),
    complete: z.boolean(),
  }),
  z.object({
    type: z.literal('channel-end'),
    atMs,
    channel: count,
    status: count.nullable(),
    signal: z.string().nullable(),
  }),
  z.object({ type: z.literal('end'), atMs, reason: z.enum(END_REASONS), counts }),
]);

type StoredEvent = StoredStatement | Exclude<RecordingInput, { readonly type: 'statement' }>;

/** As JSON.stringify, which is slow beside putting together the two lines that every statement leaves. */
function lineOf(event: StoredEvent): string {
  if (event.type === 'statement' && event.like !== undefined) return repeatLine(event, event.like);
  if (event.type === 'outcome' && event.error === null) return successLine(event);
  return JSON.stringify(event);
}

function repeatLine({ atMs, statement, protocol, parameters, text }: StoredStatement, like: number): string {
  const bound = parameters.length === 0 ? '[]' : JSON.stringify(parameters);
  const own = text === undefined ? '' : `,"text":${JSON.stringify(text)}`;
  return `{"type":"statement","atMs":${atMs},"statement":${statement},"protocol":"${protocol}","parameters":${bound},"like":${like}${own}}`;
}

function successLine(event: Extract<StoredEvent, { type: 'outcome' }>): string {
  const { atMs, statement, durationMs, tags, rows, maskedCells } = event;
  return `{"type":"outcome","atMs":${atMs},"statement":${statement},"durationMs":${durationMs},"tags":${JSON.stringify(tags)},"rows":${rows},"maskedCells":${maskedCells},"error":null}`;
}

/** Of one recording, for its events in order. */
export class EventEncoder {
  readonly #repeats = new RepeatWriter();

  /**
   * @param template see `RepeatWriter`; by default no other statement is like this one
   * @returns one line, without its end
   * @throws AppError `too_large` above EVENT_BYTES_MAX
   */
  encode(event: RecordingInput, template: object = event): string {
    // Measured before anything is remembered: a statement that is not written cannot be repeated.
    const line = lineOf(event.type === 'statement' ? this.#repeats.store(event, template) : event);
    if (line.length <= EVENT_BYTES_MAX / UTF8_BYTES_MAX) return line;
    const bytes = Buffer.byteLength(line);
    if (bytes <= EVENT_BYTES_MAX) return line;
    this.#repeats.forget(template);
    const message = `A ${event.type} event of ${bytes} bytes is too large to be recorded.`;
    throw new AppError('too_large', message, { context: { bytesMax: EVENT_BYTES_MAX } });
  }
}

/** Of one recording, for its events in order. */
export class EventDecoder {
  readonly #repeats = new RepeatReader();

  /** @returns null when a line is not an event this program knows */
  decode(bytes: Buffer): RecordingEvent[] | null {
    const events: RecordingEvent[] = [];
    for (const line of bytes.toString('utf8').split('\n')) {
      const parsed = storedEvent.safeParse(parseJson(line));
      if (!parsed.success) return null;
      const event = parsed.data.type === 'statement' ? this.#restore(parsed.data) : parsed.data;
      if (event === null) return null;
      events.push(event);
    }
    return events;
  }

  #restore(stored: StoredStatement): RecordingEvent | null {
    const restored = this.#repeats.restore(stored);
    if (restored === null) return null;
    const { type, atMs, statement, protocol, parameters } = stored;
    const { text, analysis: found, verdict: decided } = restored;
    const textSha256 = hash('sha256', text, 'hex');
    return {
      type,
      atMs,
      statement,
      text,
      textSha256,
      protocol,
      parameters,
      analysis: found,
      verdict: decided,
    };
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
