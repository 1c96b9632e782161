/** What the terminal's page reads from a cast besides playing it. */
import { describe, expect, it } from 'vitest';
import { outlineOf, playingTime, timeText } from '../../../src/pages/terminal/cast.ts';

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

describe('the playing time of a moment', () => {
  const text = cast(
    { version: 3, idle_time_limit: 5, timestamp: 1_000 },
    [1, 'o', '$ '],
    [60, 'm', 'a'],
    [2, 'o', 'b'],
  );

  // A cast began somewhere in the second that it names: what is found is up to a second earlier.
  it.each([
    ['before the cast began', 990, 0],
    ['as it began', 1_001, 0],
    ['before anything was idle', 1_002, 1],
    ['in what was idle, as long as that is played', 1_005, 4],
    ['in what was idle and is skipped', 1_040, 6],
    ['after what was idle', 1_063, 7],
    ['at the end', 1_064, 8],
    ['after the end', 9_999, 8],
  ])('%s', (_name, seconds, playing) => {
    expect(playingTime(text, seconds * 1_000)).toBe(playing);
  });

  it('is the beginning of what has no events, and for a moment that is none', () => {
    expect(playingTime('', 5_000)).toBe(0);
    expect(playingTime(text, Number.NaN)).toBe(0);
  });
});

it.each([
  [0, '0:00'],
  [65.9, '1:05'],
  [3_605, '1:00:05'],
])('%d seconds are %s', (seconds, text) => {
  expect(timeText(seconds)).toBe(text);
});
