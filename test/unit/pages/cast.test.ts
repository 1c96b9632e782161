/** What the terminal's page reads from a cast besides playing it. */
import { describe, expect, it } from 'vitest';
import { outlineOf, timeText } from '../../../src/pages/terminal/cast.ts';

const cast = (header: object, ...events: readonly (readonly [number, string, string])[]): string =>
  [header, ...events].map((line) => `${JSON.stringify(line)}\n`).join('');

describe('the outline of a cast', () => {
  it('has its marks at the time at which they are played, and its length with what was idle', () => {
    const text = cast(
      { version: 3, idle_time_limit: 5 },
      [1, 'o', '$ '],
      [60, 'm', 'denied: rm'],
      [2, 'm', 'end'],
    );
    expect(outlineOf(text)).toEqual({
      chapters: [
        { at: 6, label: 'denied: rm' },
        { at: 8, label: 'end' },
      ],
      lasts: 63,
      shows: true,
    });
  });

  it('shows nothing when nothing was printed, or nothing recorded', () => {
    expect(outlineOf(cast({ version: 3 }, [1, 'm', 'channel 1: exec'])).shows).toBe(false);
    expect(outlineOf('')).toEqual({ chapters: [], lasts: 0, shows: false });
  });

  it('writes out what would reorder a mark', () => {
    expect(outlineOf(cast({ version: 3 }, [0, 'm', 'a\u202eb'])).chapters[0]?.label).toBe('a\\u{202e}b');
  });
});

it.each([
  [0, '0:00'],
  [65.9, '1:05'],
  [3_605, '1:00:05'],
])('%d seconds are %s', (seconds, text) => {
  expect(timeText(seconds)).toBe(text);
});
