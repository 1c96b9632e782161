/** Windows of time in which a policy holds or does not: `{ days: [mon], from: "22:00", to: "06:00", timezone: … }`. */
import type { Day, Window } from '../document/schema.ts';
import { dayBefore, wallClock } from './wall-clock.ts';

const MINUTES_AN_HOUR = 60;

/**
 * True while the clock on the wall in the window's time zone shows a time in it: from its first minute to the one
 * before its last. A window past midnight belongs to the day on which it begins, so that of Friday lasts into
 * Saturday. Where clocks go back, an hour that comes twice is in it both times or neither.
 */
export function isInWindow({ days, from, to, timezone }: Window, at: Date): boolean {
  const { day, hour, minute } = wallClock(at, timezone);
  const now = hour * MINUTES_AN_HOUR + minute;
  const [first, end] = [minutesOf(from), minutesOf(to)];
  const begins = (on: Day): boolean => days === undefined || days.includes(on);
  if (first < end) return begins(day) && now >= first && now < end;
  return (now >= first && begins(day)) || (now < end && begins(dayBefore(day)));
}

/** `Mon, Tue 22:00 to 06:00 (Europe/Berlin)`. */
export function windowsText(windows: readonly Window[]): string {
  return windows
    .map(({ days, from, to, timezone }) => {
      const named = days?.map((day) => `${day.slice(0, 1).toUpperCase()}${day.slice(1)}`).join(', ');
      return `${named === undefined ? '' : `${named} `}${from} to ${to} (${timezone})`;
    })
    .join(' or ');
}

function minutesOf(time: string): number {
  const [hours, minutes] = time.split(':');
  return Number(hours) * MINUTES_AN_HOUR + Number(minutes);
}
