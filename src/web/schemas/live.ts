/** What `/sessions/:id/live` streams: server-sent events, each with JSON of one of these shapes. */
import { z } from 'zod';
import type { LivePart } from '../../recording/live/part.ts';
import type { WireGap, WireWatchEnd } from '../wire.ts';
import { SESSION, TIMELINE_ENTRY, TIMELINE_FILE } from './sessions.ts';

/** `event: recorded`; its id is the number of the last event of the recording. */
export const RECORDED_PART = z.object({
  from: z.number(),
  to: z.number(),
  atMs: z.number(),
  entries: z.array(TIMELINE_ENTRY).readonly(),
  files: z.array(TIMELINE_FILE).readonly(),
  screen: z.array(z.tuple([z.enum(['o', 'm', 'r']), z.string()])).readonly(),
  ended: z.boolean(),
}) satisfies z.ZodType<LivePart>;

/** `event: gap`: these events are left out, because they are no longer kept for watchers. */
export const GAP = z.object({ from: z.number(), to: z.number() }) satisfies z.ZodType<WireGap>;

/** `event: standing`: the session, whenever that has changed. */
export const STANDING = z.object({ session: SESSION });

const WATCH_ENDS = [
  'session-ended',
  'not-visible',
  'signed-out',
  'too-slow',
  'unconfirmed',
  'failed',
  'lifetime',
  'stopping',
] as const satisfies readonly WireWatchEnd['because'][];

/** `event: end`, the last one. After `session-ended` and `not-visible` there is nothing to come back for. */
export const WATCH_END = z.object({
  because: z.enum(WATCH_ENDS),
  message: z.string(),
}) satisfies z.ZodType<WireWatchEnd>;

export const LIVE_QUERY = z.object({
  after: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .meta({ description: 'As the header Last-Event-ID: only what follows this event of the recording' }),
});
