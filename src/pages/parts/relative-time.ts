/** Times and durations in words. Pure: the moment "now" is passed in. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const JUST_NOW_MS = 5 * SECOND_MS;
/** Beyond this a date says more than a distance. */
const DISTANCE_MS_MAX = 7 * DAY_MS;

/** `3 min ago`, `in 2 h`, `just now`; null when the moment is more than a week away. */
export function relativeTime(atMs: number, nowMs: number): string | null {
  const distanceMs = Math.abs(nowMs - atMs);
  if (distanceMs > DISTANCE_MS_MAX) return null;
  if (distanceMs < JUST_NOW_MS) return 'just now';
  const distance = roughly(distanceMs);
  return atMs > nowMs ? `in ${distance}` : `${distance} ago`;
}

/** One unit, rounded down: a wait is never shown as longer than it was. */
function roughly(durationMs: number): string {
  if (durationMs < MINUTE_MS) return `${Math.floor(durationMs / SECOND_MS)} s`;
  if (durationMs < HOUR_MS) return `${Math.floor(durationMs / MINUTE_MS)} min`;
  if (durationMs < DAY_MS) return `${Math.floor(durationMs / HOUR_MS)} h`;
  return `${Math.floor(durationMs / DAY_MS)} d`;
}

/** How long something took, in two units at most: `12 ms`, `4.2 s`, `3 m 05 s`, `2 h 07 m`. */
export function durationText(durationMs: number): string {
  const wholeMs = Math.max(0, Math.round(durationMs));
  if (wholeMs < SECOND_MS) return `${wholeMs} ms`;
  if (wholeMs < 10 * SECOND_MS) return `${(Math.floor(wholeMs / 100) / 10).toFixed(1)} s`;
  if (wholeMs < MINUTE_MS) return `${Math.floor(wholeMs / SECOND_MS)} s`;
  if (wholeMs < HOUR_MS) return twoUnits(wholeMs, { large: MINUTE_MS, small: SECOND_MS, names: ['m', 's'] });
  if (wholeMs < DAY_MS) return twoUnits(wholeMs, { large: HOUR_MS, small: MINUTE_MS, names: ['h', 'm'] });
  return twoUnits(wholeMs, { large: DAY_MS, small: HOUR_MS, names: ['d', 'h'] });
}

function twoUnits(
  durationMs: number,
  units: { large: number; small: number; names: readonly [string, string] },
): string {
  const large = Math.floor(durationMs / units.large);
  const small = Math.floor((durationMs % units.large) / units.small);
  return `${large} ${units.names[0]} ${String(small).padStart(2, '0')} ${units.names[1]}`;
}

/** Where in a session something happened: `+0:07`, `+12:40`, `+1:02:33`. */
export function offsetText(atMs: number): string {
  const seconds = Math.max(0, Math.floor(atMs / SECOND_MS));
  const minutes = Math.floor(seconds / 60);
  const twoDigits = (value: number): string => String(value).padStart(2, '0');
  if (minutes < 60) return `+${minutes}:${twoDigits(seconds % 60)}`;
  return `+${Math.floor(minutes / 60)}:${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)}`;
}
