/** What the terminal's page needs to know of a cast (asciicast v3) besides playing it. Pure. */
import { readJson } from '../http/read-json.ts';

/** A moment of a cast that has a name. */
export interface Chapter {
  /** Seconds of playing time from the beginning. */
  readonly at: number;
  readonly label: string;
}

export interface CastOutline {
  readonly chapters: readonly Chapter[];
  /** Seconds from its beginning to its last event, with all of what was idle. */
  readonly lasts: number;
  /** Something was printed. */
  readonly shows: boolean;
}

/** Of chapters the time is that of playing: what is idle for longer than the cast's limit is cut to it. */
export function outlineOf(cast: string): CastOutline {
  const { events, idleMax } = readEvents(cast);
  const chapters: Chapter[] = [];
  let at = 0;
  let lasts = 0;
  let shows = false;
  for (const [interval, code, data] of events) {
    at += Math.min(interval, idleMax);
    lasts += interval;
    if (code === 'm') chapters.push({ at, label: data });
    if (code === 'o') shows = true;
  }
  return { chapters, lasts, shows };
}

/** A cast says when it began to the second only. */
const BEGAN_PRECISION_SECONDS = 1;

/**
 * When in the playing something happened; up to a second before it.
 * @param momentMs since the epoch
 * @returns seconds of playing time; 0 for what was before the first event, the end for what was after the last
 */
export function playingTime(cast: string, momentMs: number): number {
  const { events, idleMax, beganAt } = readEvents(cast);
  let left = momentMs / 1_000 - beganAt - BEGAN_PRECISION_SECONDS;
  let at = 0;
  for (const [interval] of events) {
    if (!(left > 0)) return at;
    at += Math.min(interval, idleMax, left);
    left -= interval;
  }
  return at;
}

type CastEvent = readonly [interval: number, code: string, data: string];

function readEvents(cast: string): {
  readonly events: Iterable<CastEvent>;
  /** Seconds. */
  readonly idleMax: number;
  /** Seconds since the epoch. */
  readonly beganAt: number;
} {
  const [header = '{}', ...lines] = cast.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const facts: { readonly idle_time_limit?: number; readonly timestamp?: number } = readJson(header);
  return {
    events: parsed(lines),
    idleMax: facts.idle_time_limit ?? Number.POSITIVE_INFINITY,
    beganAt: facts.timestamp ?? 0,
  };
}

/** One at a time: a cast may be as large as a browser can hold. */
function* parsed(lines: readonly string[]): Generator<CastEvent> {
  for (const line of lines) yield readJson(line);
}

/** `1:05`, `1:00:05`. */
export function timeText(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
