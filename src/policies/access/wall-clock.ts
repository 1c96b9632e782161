/**
 * What the clock on a wall in some time zone shows. The rules of time zones, summer time among them, come from
 * the runtime (ICU).
 */
import { AppError } from '../../core/errors.ts';
import { DAYS, type Day } from '../document/access-policy.ts';

export interface WallClock {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly dayOfMonth: number;
  readonly day: Day;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** As many as there are zones to name, about. */
const FORMATS_MAX = 600;
const formats = new Map<string, Intl.DateTimeFormat>();

/** @throws AppError `invalid_input` for a time zone that is not known */
export function wallClock(at: Date, timeZone: string): WallClock {
  const parts = new Map(
    formatIn(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const numberOf = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  const day = DAYS.find((name) => name === parts.get('weekday')?.toLowerCase());
  if (day === undefined) throw new AppError('internal', 'the runtime does not know the days of the week');
  return {
    year: numberOf('year'),
    month: numberOf('month'),
    dayOfMonth: numberOf('day'),
    day,
    hour: numberOf('hour'),
    minute: numberOf('minute'),
    second: numberOf('second'),
  };
}

/** The day before, Sunday before Monday. */
export function dayBefore(day: Day): Day {
  return DAYS[(DAYS.indexOf(day) + DAYS.length - 1) % DAYS.length] ?? day;
}

function formatIn(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      hourCycle: 'h23',
      weekday: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (error) {
    throw new AppError('invalid_input', `there is no time zone ${timeZone.slice(0, 60)}`, { cause: error });
  }
  if (formats.size >= FORMATS_MAX) formats.clear();
  formats.set(timeZone, format);
  return format;
}
