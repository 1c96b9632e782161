import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeText, escapeToFit, isInert, splitToFit } from '../../../../src/bot/slack/render/escape.ts';
import { HOSTILE_TEXTS } from '../../../support/hostile-texts.ts';
import { readMrkdwn, unescaped } from '../../../support/slack/mrkdwn.ts';
import { textProblems } from '../../../support/slack/validate-text.ts';
import { tries } from '../../../support/thoroughness.ts';

const TEXT = fc.string({
  unit: fc.constantFrom('&', '<', '>', 'a', ' ', 'é', '👩', '😀', '&lt;'),
  maxLength: 60,
});

describe('escaping', () => {
  test('is undone by what shows it', () => {
    fc.assert(fc.property(TEXT, (text) => unescaped(escapeText(text)) === text));
  });

  test('to fit is never longer than that, breaks no escape and no character, and says that it cut', () => {
    fc.assert(
      fc.property(TEXT, fc.integer({ min: 1, max: 80 }), (text, charactersMax) => {
        const fitted = escapeToFit(text, charactersMax);
        expect(fitted.length).toBeLessThanOrEqual(charactersMax);
        expect(textProblems(fitted, { markup: true })).toEqual([]);
        const whole = escapeText(text);
        if (whole.length <= charactersMax) expect(fitted).toBe(whole);
        else expect(fitted.endsWith('…') && text.startsWith(unescaped(fitted.slice(0, -1)))).toBe(true);
      }),
    );
  });

  test('in parts loses nothing', () => {
    fc.assert(
      fc.property(TEXT, fc.integer({ min: 0, max: 80 }), (text, charactersMax) => {
        const [first, rest] = splitToFit(text, charactersMax);
        expect(first + rest).toBe(text);
        expect(escapeText(first).length).toBeLessThanOrEqual(charactersMax);
      }),
    );
  });

  test.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['a&b', 7, 'a&amp;b'],
    ['a&b', 6, 'a…'],
    ['a&bc', 7, 'a&amp;…'],
    ['😀😀', 3, '😀…'],
  ])('of %j to fit %i', (text, charactersMax, fitted) => {
    expect(escapeToFit(text, charactersMax)).toBe(fitted);
  });
});

describe('text that mrkdwn shows as it is', () => {
  test.each([
    'payouts hang',
    'Alice (alice@example.com)',
    'order_items and a*b',
    '14:05:09 UTC, delete',
    'R&D <team> a > b',
    'prod-databases: members of engineering',
  ])('%j', (text) => {
    expect(isInert(text)).toBe(true);
    expect(readMrkdwn(escapeText(text))).toEqual([{ text, styles: [] }]);
  });

  test.each(['it is :100: safe', 'step :1234:', 'nice :tada:'])('%j is none', (text) => {
    expect(isInert(text)).toBe(false);
  });

  test('is found in spite of everything that somebody might type', () => {
    for (const text of Object.values(HOSTILE_TEXTS)) {
      if (!isInert(text)) continue;
      expect(readMrkdwn(escapeText(text)).flatMap(({ styles }) => styles)).toEqual([]);
    }
    const markup = fc.string({
      unit: fc.constantFrom('*', '_', '~', '`', ':', '>', '\n', ' ', 'a', '1'),
      maxLength: 20,
    });
    fc.assert(
      fc.property(markup, (text) => {
        fc.pre(isInert(text));
        expect(readMrkdwn(escapeText(text)).flatMap(({ styles }) => styles)).toEqual([]);
      }),
      { numRuns: tries({ byDay: 500, byNight: 10_000 }) },
    );
  });
});
