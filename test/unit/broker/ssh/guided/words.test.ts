import fc from 'fast-check';
import { expect, test } from 'vitest';
import { choicesInColumns } from '../../../../../src/broker/ssh/guided/completion/choices.ts';
import { widthOf, wrapWords } from '../../../../../src/broker/ssh/guided/screen/wrap-words.ts';
import { helpLines } from '../../../../../src/broker/ssh/guided/shell/help.ts';

test('a sentence is broken between words, at the last column that fits', () => {
  expect(wrapWords('one two three', 13)).toEqual(['one two three']);
  expect(wrapWords('one two three', 12)).toEqual(['one two', 'three']);
  expect(wrapWords('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrapWords('one two three', 6)).toEqual(['one', 'two', 'three']);
});

test('a word that is wider than the terminal is left whole, so that it can be copied', () => {
  expect(wrapWords('see /a/very/long/path now', 10)).toEqual(['see', '/a/very/long/path', 'now']);
});

test('columns are counted, not characters', () => {
  expect(wrapWords('日本 語', 5)).toEqual(['日本', '語']);
});

test('no word is lost, and no row of several words is too wide', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), fc.integer({ min: 1, max: 40 }), (sentence, columns) => {
      const rows = wrapWords(sentence, columns);
      expect(rows.join(' ')).toBe(sentence);
      for (const row of rows.filter((one) => one.trim().includes(' ')))
        expect(widthOf(row)).toBeLessThanOrEqual(columns);
    }),
  );
});

test('one long name does not put all the others in rows of their own', () => {
  const names = ['/srv/shop/releases/current/bin/maintenance', 'cat', 'cd', 'date', 'df', 'head', 'ls', 'ps'];
  expect(choicesInColumns(names, 60)).toEqual([
    '/srv/shop/releases/current/bin/maintenance  cat   cd  date',
    'df                                          head  ls  ps',
  ]);
});

test('choices fill a row up to the last column but one, which a terminal can draw', () => {
  expect(choicesInColumns(['ab', 'cd', 'ef'], 11)).toEqual(['ab  cd  ef']);
  expect(choicesInColumns(['ab', 'cd', 'ef'], 10)).toEqual(['ab  cd', 'ef']);
  expect(choicesInColumns(['a-name-that-is-too-wide', 'b'], 10)).toEqual(['a-name-that-is-too-wide', 'b']);
  expect(choicesInColumns([], 10)).toEqual([]);
});

test('help names the programs of the role, and fits 80 columns', () => {
  const programs = Array.from({ length: 40 }, (_, index) => `program-${index}`);
  const lines = helpLines(programs);
  for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(80);
  expect(lines.join('\n')).toContain('Programs:  program-0  program-1');
  expect(lines.at(-1)).toContain('program-39');
  expect(helpLines(null).at(-1)).toBe('Programs:  any that the policy does not refuse');
});
