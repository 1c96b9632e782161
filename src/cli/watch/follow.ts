/** Follows the stream of a session, and finds back to it when the connection is lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { AppError, isAppError, messageOf } from '../../core/errors.ts';
import type { StreamedEvent } from '../../core/event-stream.ts';
import { GAP, RECORDED_PART, STANDING, WATCH_END } from '../../web/schemas/live.ts';
import type { WireWatchEnd } from '../../web/wire.ts';
import type { ApiClient } from '../api-client.ts';
import type { WatchView } from './views.ts';

/** The server says something every second. */
const SILENT_MS_MAX = 10_000;
const AGAIN_MS_MIN = 500;
const AGAIN_MS_MAX = 10_000;

interface Followed {
  readonly api: ApiClient;
  readonly path: string;
  readonly view: WatchView;
  /** The person has had enough. */
  readonly signal: AbortSignal;
}

/** Resolves when the session has ended, or the person leaves. @throws AppError when they may not watch, or no more */
export async function follow(of: Followed): Promise<void> {
  const place = { after: 0 };
  let wasOpen = false;
  let againMs = AGAIN_MS_MIN;
  while (!of.signal.aborted) {
    const before = place.after;
    try {
      const end = await followOnce(of, place, () => {
        wasOpen = true;
      });
      if (end?.because === 'session-ended') return of.view.end(end.message);
      if (end?.because === 'not-visible') throw new AppError('forbidden', end.message);
      of.view.say(end === null ? 'The connection was lost. Trying again…' : `${end.message} Trying again…`);
    } catch (error) {
      if (of.signal.aborted) return;
      if (!wasOpen || !mayComeBack(error)) throw error;
      // The session ended while nobody was looking.
      if (isAppError(error, 'conflict')) return of.view.end('The session has ended.');
      of.view.say(`${messageOf(error)} Trying again…`);
    }
    againMs = place.after > before ? AGAIN_MS_MIN : Math.min(2 * againMs, AGAIN_MS_MAX);
    await sleep(againMs, undefined, { signal: of.signal }).catch(() => undefined);
  }
}

function mayComeBack(error: unknown): boolean {
  if (!isAppError(error)) return true;
  return ['unavailable', 'internal', 'rate_limited', 'conflict'].includes(error.code);
}

/** @returns how the server ended it; null when it broke off */
async function followOnce(
  { api, path, view, signal }: Followed,
  place: { after: number },
  onOpen: () => void,
): Promise<WireWatchEnd | null> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENT_MS_MAX);
  try {
    const stream = api.stream(path, {
      query: { after: place.after },
      signal: AbortSignal.any([signal, silence.signal]),
    });
    for await (const event of stream) {
      onOpen();
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENT_MS_MAX);
      const end = await show(event, { view, place });
      if (end !== null) return end;
    }
    return null;
  } catch (error) {
    if (isAppError(error) || signal.aborted) throw error;
    return null;
  } finally {
    clearTimeout(timer);
  }
}

async function show(
  { event, data }: StreamedEvent,
  { view, place }: { readonly view: WatchView; readonly place: { after: number } },
): Promise<WireWatchEnd | null> {
  switch (event) {
    case 'recorded': {
      const part = parse(RECORDED_PART, data);
      await view.recorded(part);
      place.after = part.to;
      return null;
    }
    case 'gap':
      view.gap(parse(GAP, data));
      return null;
    case 'standing':
      view.standing(parse(STANDING, data).session);
      return null;
    case 'end':
      return parse(WATCH_END, data);
    default:
      return null;
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, data: string): z.output<Schema> {
  const parsed = schema.safeParse(JSON.parse(data));
  if (parsed.success) return parsed.data;
  throw new AppError('invalid_input', 'The server streams what this version of the program does not know.');
}
