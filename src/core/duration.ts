import { AppError } from './errors.ts';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof UNIT_MS;

const WHOLE = /^(?:\d{1,9}(?:ms|[smhd]))+$/;
const PART = /(\d{1,9})(ms|[smhd])/g;
const DURATION_MS_MAX = 366 * UNIT_MS.d;

/**
 * Reads a duration such as `90s`, `30m`, `1h30m` or `2d`.
 * @returns milliseconds, from 1 to 366 days
 * @throws AppError `invalid_input` for anything else
 */
export function parseDuration(text: string): number {
  const trimmed = text.trim().toLowerCase();
  if (!WHOLE.test(trimmed)) {
    throw new AppError('invalid_input', `"${text.slice(0, 40)}" is not a duration. Write 30m, 1h or 1h30m.`);
  }
  let totalMs = 0;
  for (const [, count, unit] of trimmed.matchAll(PART)) totalMs += Number(count) * UNIT_MS[unit as Unit];
  if (totalMs < 1 || totalMs > DURATION_MS_MAX) {
    throw new AppError(
      'invalid_input',
      `"${text.slice(0, 40)}" is out of range. The longest duration is 366d.`,
    );
  }
  return totalMs;
}

/** The shortest exact form: 5400000 becomes `1h30m`. Whole seconds; below a second `0s` or `250ms`. */
export function formatDuration(durationMs: number): string {
  if (durationMs > 0 && durationMs < 1_000) return `${Math.round(durationMs)}ms`;
  let seconds = Math.max(0, Math.round(durationMs / 1_000));
  const parts: string[] = [];
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(seconds / size);
    if (count > 0) parts.push(`${count}${unit}`);
    seconds -= count * size;
  }
  return parts.join('') || '0s';
}
