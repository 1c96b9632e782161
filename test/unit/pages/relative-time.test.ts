import { describe, expect, it } from 'vitest';
import { durationText, offsetText, relativeTime } from '../../../src/pages/parts/relative-time.ts';

const NOW = Date.parse('2026-11-21T14:00:00Z');
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('a moment in words', () => {
  it.each([
    [0, 'just now'],
    [4 * SECOND, 'just now'],
    [5 * SECOND, '5 s ago'],
    [59 * SECOND, '59 s ago'],
    [MINUTE, '1 min ago'],
    [HOUR - 1, '59 min ago'],
    [HOUR, '1 h ago'],
    [DAY, '1 d ago'],
    [-90 * SECOND, 'in 1 min'],
    [-2 * HOUR, 'in 2 h'],
  ])('says of %i ms ago: %s', (agoMs, words) => {
    expect(relativeTime(NOW - agoMs, NOW)).toBe(words);
  });

  it('leaves a moment more than a week away to its date', () => {
    expect(relativeTime(NOW - 7 * DAY, NOW)).toBe('7 d ago');
    expect(relativeTime(NOW - 7 * DAY - 1, NOW)).toBeNull();
    expect(relativeTime(NOW + 8 * DAY, NOW)).toBeNull();
  });
});

describe('a duration', () => {
  it.each([
    [-5, '0 ms'],
    [0.4, '0 ms'],
    [999, '999 ms'],
    [1_000, '1.0 s'],
    [9_999, '9.9 s'],
    [10_000, '10 s'],
    [59_999, '59 s'],
    [185_000, '3 m 05 s'],
    [2 * HOUR + 7 * MINUTE, '2 h 07 m'],
    [3 * DAY + 4 * HOUR, '3 d 04 h'],
  ])('of %d ms reads %s', (durationMs, text) => {
    expect(durationText(durationMs)).toBe(text);
  });

  it.each([
    [0, '+0:00'],
    [7_900, '+0:07'],
    [760_000, '+12:40'],
    [HOUR + 2 * MINUTE + 33 * SECOND, '+1:02:33'],
  ])('places %d ms into a session at %s', (atMs, text) => {
    expect(offsetText(atMs)).toBe(text);
  });
});
