/** A text as a terminal has to show it, worked out without the code under test. */
import { visibleText } from '../../../../../src/core/visible-text.ts';

const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });

function written(character: string): string {
  return character === '\t' ? '\\t' : `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

function isWritten(character: string): boolean {
  return (
    character === '\t' || visibleText(character) !== character || /[[\p{Zs}]--[\u0020]]/v.test(character)
  );
}

function seenCluster(cluster: string): string {
  // A mark that stands on nothing that can be seen would move to the letter before.
  const hasNoBase = /^\p{M}/u.test(cluster) || [...cluster].some(isWritten);
  return Array.from(cluster, (one) =>
    isWritten(one) || (hasNoBase && /\p{M}/u.test(one)) ? written(one) : one,
  ).join('');
}

/** What cannot be seen is written out; further lines stand behind `> `. */
export function seenForm(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => Array.from(GRAPHEMES.segment(line), ({ segment }) => seenCluster(segment)).join(''));
  return lines.join('\n> ');
}

/** Without white space, which rows and their ends may have added. */
export function letters(text: string): string {
  return text.replaceAll(/\s/g, '');
}
