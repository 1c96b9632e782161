import { z } from 'zod';
import type { SearchHit } from '../../access/search/search-sessions.ts';
import type { RiskyStatement, SessionView } from '../../access/views.ts';
import { HOLD_SCOPES, HOLD_STATES } from '../../core/hold.ts';
import { END_REASONS, type SessionCounts } from '../../core/session.ts';
import { EFFECTS } from '../../core/statement.ts';
import type { Timeline, TimelineEntry, TimelineFile, TimelineHold } from '../wire.ts';
import { FLAG, IDENTIFIER_CHARACTERS_MAX, INSTANT, LIST_ITEMS_MAX } from './fields.ts';
import { ORIGIN, PARTY } from './parties.ts';

const SEARCH_CHARACTERS_MAX = 200;

const COUNTS = z.object({
  commands: z.number(),
  denied: z.number(),
  held: z.number(),
  rows: z.number(),
  bytes: z.number(),
  maskedCells: z.number(),
}) satisfies z.ZodType<SessionCounts>;

const RISKY_STATEMENT = z.object({
  at: INSTANT,
  text: z.string(),
  operation: z.enum(EFFECTS),
  action: z.enum(['allow', 'deny', 'review']),
  rule: z.string().nullable(),
}) satisfies z.ZodType<RiskyStatement>;

export const SESSION = z.object({
  id: z.string(),
  grantId: z.string(),
  requestId: z.string(),
  holder: PARTY,
  approvers: z.array(PARTY).readonly(),
  resource: z.string(),
  resourceKind: z.string(),
  role: z.string(),
  reason: z.string(),
  incident: z.string().nullable(),
  origin: ORIGIN.nullable(),
  clientAddress: z.string(),
  application: z.string().nullable(),
  startedAt: INSTANT,
  lastSeenAt: INSTANT,
  endedAt: INSTANT.nullable(),
  endReason: z.enum(END_REASONS).nullable(),
  terminated: z
    .object({ at: INSTANT, by: PARTY, reason: z.string().nullable() })
    .nullable()
    .meta({ description: 'Who asked for its end, and why' }),
  watchers: z.array(PARTY).readonly().meta({ description: 'Those who watch it live' }),
  counts: COUNTS,
  riskiest: z.array(RISKY_STATEMENT).readonly(),
  recordingHead: z.string().nullable(),
  recording: z
    .object({
      deletedAt: INSTANT.nullable(),
      deletedBecause: z.string().nullable(),
      onHold: z.boolean(),
    })
    .optional()
    .meta({ description: 'Of one session that is asked for by its id' }),
  live: z.boolean(),
  may: z.object({ terminate: z.boolean() }),
}) satisfies z.ZodType<SessionView>;

/** A session as the API answers it: the view, and what this viewer may do. */
export type SessionAnswer = z.output<typeof SESSION>;

const SEARCH_HIT = z.object({
  ordinal: z.number(),
  kind: z.enum(['statement', 'command', 'guess']),
  statement: z.number().nullable(),
  at: INSTANT,
  atMs: z.number(),
  text: z
    .array(z.object({ text: z.string(), found: z.boolean() }))
    .readonly()
    .meta({ description: 'In pieces; those that the search meant are `found`' }),
  relations: z.array(z.string()).readonly(),
  files: z.array(z.string()).readonly(),
  action: z.enum(['allow', 'deny', 'review']).nullable(),
  rule: z.string().nullable(),
  operation: z.enum(EFFECTS).nullable(),
  denied: z.boolean(),
  held: z.boolean(),
  masked: z.boolean(),
}) satisfies z.ZodType<SearchHit>;

const FOUND_SESSION = SESSION.extend({
  hitCount: z.number().meta({ description: 'How many statements and commands were found in it' }),
  isHitCountAtLeast: z
    .boolean()
    .meta({ description: 'There may be more of them: it is a long session, and was not read to its end' }),
  hits: z.array(SEARCH_HIT).readonly().meta({ description: 'The riskiest of them, in their order' }),
});

/** A session that was found, with what was found in it. */
export type FoundSessionAnswer = z.output<typeof FOUND_SESSION>;

export const SESSION_PAGE = z.object({
  items: z.array(FOUND_SESSION).readonly(),
  next: z.string().nullable().meta({ description: 'The `cursor` of the next page; null on the last' }),
  lookedBackTo: INSTANT.nullable().meta({
    description: 'Set where the page ends before it is full: what began before this is on the next ones',
  }),
});

const NAME = z.string().min(1).max(IDENTIFIER_CHARACTERS_MAX).optional();

export const SESSIONS_QUERY = z.object({
  search: z
    .string()
    .max(SEARCH_CHARACTERS_MAX)
    .optional()
    .meta({ description: 'Words, names, "phrases", beginnings (custo*), and -what not' }),
  who: NAME.meta({ description: 'A part of a name or an address, or an id' }),
  resource: NAME,
  kind: NAME,
  incident: NAME,
  request: NAME,
  since: INSTANT.optional(),
  until: INSTANT.optional(),
  table: NAME.meta({ description: 'payments, public.payments, pay*' }),
  file: NAME.meta({ description: 'A path, a directory above it, its end, or with * its beginning' }),
  denied: FLAG.optional(),
  held: FLAG.optional(),
  masked: FLAG.optional(),
  live: FLAG.optional(),
  cursor: NAME,
  limit: z.coerce.number().int().min(1).max(LIST_ITEMS_MAX).optional(),
});

const REASON_CHARACTERS_MAX = 1_000;
export const TERMINATE_BODY = z
  .object({ reason: z.string().trim().min(1).max(REASON_CHARACTERS_MAX).optional() })
  .nullish();

export const REINDEX_BODY = z.object({ session: NAME });
export const REINDEX_ANSWER = z.object({ sessions: z.number() });

const TIMELINE_HOLD = z.object({
  id: z.string(),
  state: z.enum(HOLD_STATES),
  scope: z.enum(HOLD_SCOPES).nullable(),
  by: z.array(z.object({ id: z.string(), name: z.string() })).readonly(),
  note: z.string().nullable(),
  waitedMs: z.number().nullable(),
}) satisfies z.ZodType<TimelineHold>;

export const TIMELINE_ENTRY = z.object({
  statement: z.number(),
  at: z.iso.datetime(),
  atMs: z.number(),
  text: z.string(),
  protocol: z.enum(['simple', 'prepare', 'execute']),
  parameters: z.array(z.string().nullable()).readonly(),
  action: z.enum(['allow', 'deny', 'review']),
  rule: z.string().nullable(),
  reason: z.string(),
  hold: TIMELINE_HOLD.nullable(),
  operation: z.enum(EFFECTS),
  effects: z.array(z.enum(EFFECTS)).readonly(),
  relations: z.array(z.string()).readonly(),
  durationMs: z.number().nullable(),
  tags: z.array(z.string()).readonly(),
  rows: z.number(),
  maskedCells: z.number(),
  error: z.object({ sqlState: z.string(), message: z.string() }).nullable(),
  columns: z.array(z.object({ name: z.string(), masked: z.boolean() })).readonly(),
  firstRows: z.array(z.array(z.string().nullable()).readonly()).readonly(),
  firstOutput: z.string(),
}) satisfies z.ZodType<TimelineEntry>;

export const TIMELINE_FILE = z.object({
  statement: z.number(),
  at: z.iso.datetime(),
  direction: z.enum(['download', 'upload']),
  path: z.string(),
  bytes: z.number(),
  sha256: z.string().nullable(),
  complete: z.boolean(),
}) satisfies z.ZodType<TimelineFile>;

export const TIMELINE = z.object({
  entries: z.array(TIMELINE_ENTRY).readonly(),
  complete: z.boolean(),
  omitted: z.number(),
  files: z.array(TIMELINE_FILE).readonly(),
}) satisfies z.ZodType<Timeline>;
export type TimelineAnswer = z.output<typeof TIMELINE>;

const EXPORT_FORMATS = ['jsonl', 'text', 'asciicast'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
export const EXPORT_QUERY = z.object({
  format: z.enum(EXPORT_FORMATS).default('jsonl'),
  channel: z.coerce.number().int().min(1).optional().meta({ description: 'For asciicast: one of them' }),
});
