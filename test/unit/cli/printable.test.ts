import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printable, printableJson, printableLine } from '../../../src/cli/printable.ts';

/** What a terminal would act on, or would not show. */
const ACTIVE = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;
const hostile = fc.string({ unit: 'binary' });

describe('text of others on a terminal', () => {
  test('shows an escape sequence and a bidirectional override instead of obeying them', () => {
    expect(printable('safe\u001b[2K\u202edrop')).toBe('safe\\u{1b}[2K\\u{202e}drop');
    expect(printableLine('one\n\ttwo\r')).toBe('one two\\u{d}');
  });

  test('never reaches the terminal as anything but text', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(printableLine(text)).not.toMatch(ACTIVE);
        expect(printable(text).replaceAll(/[\n\t]/g, '')).not.toMatch(ACTIVE);
      }),
    );
  });

  test('is the same JSON when it is JSON', () => {
    fc.assert(
      fc.property(fc.record({ text: hostile, list: fc.array(hostile) }), (value) => {
        const json = printableJson(value);
        expect(json.replaceAll('\n', '')).not.toMatch(ACTIVE);
        expect(JSON.parse(json)).toEqual(value);
      }),
    );
  });
});
