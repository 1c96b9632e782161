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
  const [header = '{}', ...lines] = cast.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const facts: { readonly idle_time_limit?: number } = readJson(header);
  const idleMax = facts.idle_time_limit ?? Number.POSITIVE_INFINITY;
  const chapters: Chapter[] = [];
  let at = 0;
  let lasts = 0;
  let shows = false;
  for (const line of lines) {
    const [interval, code, data]: readonly [number, string, string] = readJson(line);
    at += Math.min(interval, idleMax);
    lasts += interval;
    if (code === 'm') chapters.push({ at, label: data });
    if (code === 'o') shows = true;
  }
  return { chapters, lasts, shows };
}

/** `1:05`, `1:00:05`. */
export function timeText(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
