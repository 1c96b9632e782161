import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainBlock, plainLine } from '../../../../src/bot/cards/plain-text.ts';

describe('text that somebody typed', () => {
  test.each([
    ['a right-to-left override', 'pay \u202egpj.exe'],
    ['an isolate', 'a\u2066b\u2069'],
    ['a right-to-left mark', 'a\u200fb'],
    ['an escape sequence', 'red \u001b[31mtext'],
    ['a C1 control', 'a\u009bb'],
    ['a zero-width space', 'orders\u200b-db'],
    ['a byte order mark', 'orders\ufeff-db'],
    ['a soft hyphen', 'or\u00adders'],
    ['an invisible tag', 'orders\u{e0041}-db'],
    ['a lone surrogate', 'a\ud800b'],
  ])('shows %s as a mark', (_name, typed) => {
    const shown = plainLine(typed, 100);
    expect(shown).toContain('\ufffd');
    expect(shown).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u200b\ufeff]/v);
  });

  test('keeps other scripts and emoji whole', () => {
    for (const text of ['Zażółć gęślą', 'नमस्ते', 'می‌خواهم', '👩‍💻 ❤️', '日本語']) {
      expect(plainLine(text, 100)).toBe(text.normalize());
    }
  });

  test('cannot run into the lines above and below', () => {
    expect(plainLine(`a${'\u0301'.repeat(50)}`, 100)).toBe(`a${'\u0301'.repeat(3)}`);
  });

  test('stays on one line, or within so many', () => {
    expect(plainLine('one\r\ntwo\u2028three\tfour', 100)).toBe('one two three four');
    expect(plainBlock('1\n2\n3\n4', { charactersMax: 100, linesMax: 2 })).toBe('1\n2\n…');
  });

  test('is cut between characters, and says so', () => {
    expect(plainLine('abcdef', 4)).toBe('abc…');
    expect(plainLine('ab👩👩', 4)).toBe('ab…');
    expect(plainLine('abcd', 4)).toBe('abcd');
  });

  test('is cut where it would be if all of a very long text were read', () => {
    const tail = 'tail '.repeat(1_000);
    for (const [typed, shown] of [
      // What disappears in runs is more than is read at first.
      [`ab${' '.repeat(5_000)}cdefghij${tail}`, 'ab cdef…'],
      [`${'\n'.repeat(5_000)}abcdefghij${tail}`, 'abcdefg…'],
      [`a${'\u0301'.repeat(5_000)}bcdefghij${tail}`, `a${'\u0301'.repeat(3)}bcd…`],
      // All of it fits, once it is read.
      [`ab${' '.repeat(5_000)}cd`, 'ab cd'],
      [`abcdefgh${' '.repeat(5_000)}`, 'abcdefgh'],
      [`abcdefgh${' '.repeat(5_000)}i`, 'abcdefg…'],
      // What is read at first ends inside a pair, and inside a line break.
      ['👩'.repeat(5_000), '👩👩👩…'],
      [`a${'👩'.repeat(5_000)}`, 'a👩👩👩…'],
      [`abcd${' '.repeat(27)}\r\nefghijk${tail}`, 'abcd ef…'],
    ] as const) {
      expect(plainLine(typed, 8)).toBe(shown);
    }
    const limits = { charactersMax: 8, linesMax: 3 };
    expect(plainBlock(`a${' '.repeat(30)}\r\nb\r\n${tail}`, limits)).toBe(`a${' '.repeat(6)}…`);
    expect(plainBlock(`a\r\n${'\u0301'.repeat(5_000)}b\nc\n${tail}`, limits)).toBe(
      `a\n${'\u0301'.repeat(3)}b\n…`,
    );
    expect(plainBlock(`\n\n\n${tail}`, limits)).toBe('…');
  });

  test('is never longer than its place and never malformed', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.integer({ min: 1, max: 40 }),
        (text, most) => {
          const line = plainLine(text, most);
          expect(line.length).toBeLessThanOrEqual(most);
          expect(line.isWellFormed()).toBe(true);
          expect(line).not.toMatch(/[\r\n\u2028\u2029]/);
          const block = plainBlock(text, { charactersMax: most, linesMax: 3 });
          expect(block.length).toBeLessThanOrEqual(most);
          expect(block.split('\n').length).toBeLessThanOrEqual(4);
        },
      ),
    );
  });
});
