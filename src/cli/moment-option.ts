import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../core/duration.ts';

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Parser of an option that is a moment: `2h` (ago), `2026-11-22` (local midnight), or ISO 8601.
 * @returns ISO 8601, as the API takes it
 */
export function parseMomentOption(text: string): string {
  const moment = new Date(DAY.test(text) ? `${text}T00:00` : text);
  if (!Number.isNaN(moment.getTime())) return moment.toISOString();
  try {
    return new Date(Date.now() - parseDuration(text)).toISOString();
  } catch {
    throw new InvalidArgumentError(
      'It is a time such as 2026-11-22, 2026-11-22T14:00, or 2h for two hours ago.',
    );
  }
}
