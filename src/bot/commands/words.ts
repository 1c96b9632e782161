/**
 * Splits a line into words that know where they stood, so that free text can be taken from the line
 * exactly as it was typed. Reading never fails: a quote that nobody closed is an ordinary character.
 */

export interface Word {
  /** Without its quotes. */
  readonly text: string;
  /** A quoted word is never a keyword. */
  readonly quoted: boolean;
  /** Offsets into the line, quotes included. */
  readonly start: number;
  readonly end: number;
}

/** Telephones and word processors type the curly ones. */
const CLOSING: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["'", "'"],
  ['\u201c', '\u201d'],
  ['\u2018', '\u2019'],
]);

const BLANK = /\s/;

export function splitWords(line: string): readonly Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < line.length) {
    if (BLANK.test(line.charAt(at))) {
      at += 1;
      continue;
    }
    const word = quotedWord(line, at) ?? plainWord(line, at);
    words.push(word);
    at = word.end;
  }
  return words;
}

/** A quote opens only where a word begins and closes only where one ends, so `don't` and `'it's down'` are fine. */
function quotedWord(line: string, start: number): Word | null {
  const closing = CLOSING.get(line.charAt(start));
  if (closing === undefined) return null;
  let at = line.indexOf(closing, start + 1);
  while (at !== -1) {
    const end = at + 1;
    if (end === line.length || BLANK.test(line.charAt(end))) {
      return { text: line.slice(start + 1, at), quoted: true, start, end };
    }
    at = line.indexOf(closing, end);
  }
  return null;
}

function plainWord(line: string, start: number): Word {
  let end = start;
  while (end < line.length && !BLANK.test(line.charAt(end))) end += 1;
  return { text: line.slice(start, end), quoted: false, start, end };
}
