import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../core/duration.ts';

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Parser of an option that is a beginning: `2h` (ago), `2026-11-22` (its first moment here), or ISO 8601.
 * @returns ISO 8601, as the API takes it
 */
export function parseSinceOption(text: string): string {
  return momentOf(text, 'T00:00');
}

/** The same of an end: a day without a time lasts to its last moment. */
export function parseUntilOption(text: string): string {
  return momentOf(text, 'T23:59:59.999');
}

function momentOf(text: string, timeOfDay: string): string {
  const moment = new Date(DAY.test(text) ? `${text}${timeOfDay}` : text);
  if (!Number.isNaN(moment.getTime())) return moment.toISOString();
  try {
    return new Date(Date.now() - parseDuration(text)).toISOString();
  } catch {
    throw new InvalidArgumentError(
      'It is a time such as 2026-11-22, 2026-11-22T14:00, or 2h for two hours ago.',
    );
  }
}
