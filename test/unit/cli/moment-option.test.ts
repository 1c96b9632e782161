import { describe, expect, test } from 'vitest';
import { parseSinceOption, parseUntilOption } from '../../../src/cli/moment-option.ts';

describe('a time on the command line', () => {
  test('that is a day begins with it, and ends with it', () => {
    expect(parseSinceOption('2026-11-22')).toBe(new Date(2026, 10, 22).toISOString());
    expect(parseUntilOption('2026-11-22')).toBe(new Date(2026, 10, 22, 23, 59, 59, 999).toISOString());
  });

  test.each(['2026-11-22T14:00', '2026-11-22T14:00:00+01:00'])('%s is that moment, as either', (text) => {
    const moment = new Date(text).toISOString();
    expect([parseSinceOption(text), parseUntilOption(text)]).toEqual([moment, moment]);
  });

  test('2h is two hours ago, as either', () => {
    for (const parse of [parseSinceOption, parseUntilOption]) {
      const agoMs = Date.now() - Date.parse(parse('2h'));
      expect(agoMs).toBeGreaterThanOrEqual(7_200_000);
      expect(agoMs).toBeLessThan(7_260_000);
    }
  });

  test.each(['', '2026-13-40', 'soon'])('%j is none', (text) => {
    expect(() => parseUntilOption(text)).toThrow('It is a time such as');
  });
});
