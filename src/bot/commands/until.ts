/**
 * A day or moment as people write it: `2026-12-24`, `2026-12-24 18:00`, `tomorrow`, `friday`, `3d`. All in
 * UTC, as on every card. Reading knows no clock; `momentOf` is given one.
 */
import { parseDuration } from '../../core/duration.ts';
import { AppError } from '../../core/errors.ts';
import { texts } from '../texts/texts.ts';

export const UNTIL_CHARACTERS_MAX = 40;

export type Until =
  /** `time` null: to the end of that day. */
  | { readonly kind: 'date'; readonly date: string; readonly time: string | null }
  /** 1 is tomorrow. */
  | { readonly kind: 'days-ahead'; readonly days: number }
  /** 0 is Sunday: the next one, never today. */
  | { readonly kind: 'weekday'; readonly weekday: number }
  | { readonly kind: 'duration'; readonly durationMs: number };

const DATE = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?: ?(?:z|utc))?)?$/i;
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const WEEKDAY_LETTERS_MIN = 3;
const DAY_MS = 86_400_000;

/** @throws AppError `invalid_input` that shows what a date looks like */
export function parseUntil(text: string): Until {
  const typed = text.trim().replace(/\s+/g, ' ').replace(/\.$/, '');
  const [, date, time] = DATE.exec(typed) ?? [];
  if (date !== undefined) {
    const read = `${date}T${time ?? '00:00'}:00.000Z`;
    // A day that does not exist, such as 30 February, is read as another one or as none.
    const at = new Date(read);
    if (!Number.isNaN(at.getTime()) && at.toISOString() === read) {
      return { kind: 'date', date, time: time ?? null };
    }
    throw noDate(typed);
  }
  const word = typed.toLowerCase();
  if (word === 'today') return { kind: 'days-ahead', days: 0 };
  if (word === 'tomorrow') return { kind: 'days-ahead', days: 1 };
  const weekday = WEEKDAYS.findIndex((name) => word.length >= WEEKDAY_LETTERS_MIN && name.startsWith(word));
  if (weekday >= 0) return { kind: 'weekday', weekday };
  if (/^(?:\d+[smhd])+$/.test(word)) return { kind: 'duration', durationMs: parseDuration(word) };
  throw noDate(typed);
}

/** The moment that is meant, seen from `now`. A day without a time ends at midnight, UTC. */
export function momentOf(until: Until, now: Date): Date {
  switch (until.kind) {
    case 'date': {
      if (until.time !== null) return new Date(`${until.date}T${until.time}:00.000Z`);
      return endOfDay(new Date(`${until.date}T00:00:00.000Z`), 0);
    }
    case 'days-ahead':
      return endOfDay(now, until.days);
    case 'weekday':
      return endOfDay(now, ((until.weekday - now.getUTCDay() + 6) % 7) + 1);
    case 'duration':
      return new Date(now.getTime() + until.durationMs);
  }
}

function endOfDay(day: Date, daysAhead: number): Date {
  const midnight = Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate());
  return new Date(midnight + (daysAhead + 1) * DAY_MS);
}

function noDate(typed: string): AppError {
  return new AppError('invalid_input', texts().usage.noDate(typed));
}
