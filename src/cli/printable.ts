/**
 * Text that other people wrote, made safe for a terminal: control characters could move the cursor or
 * rewrite what was printed, and bidirectional overrides could make a statement read as another one.
 */

/** C0, DEL, C1, and the bidirectional and invisible format characters. */
const UNSAFE = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;
const LINE_BREAKS = /[\t\n]+/g;

/** Keeps line breaks and tabs; the rest becomes visible, as `\u{1b}`. */
export function printable(text: string): string {
  return text.replaceAll(UNSAFE, (character) =>
    character === '\n' || character === '\t' ? character : `\\u{${hexOf(character)}}`,
  );
}

/** For one line of output: line breaks and tabs become single spaces too. */
export function printableLine(text: string): string {
  return printable(text.replaceAll(LINE_BREAKS, ' '));
}

/** JSON for stdout: the same characters, escaped as JSON escapes them, so that it still parses to the same. */
export function printableJson(value: unknown): string {
  // A line feed in JSON is only ever layout: inside a text it is escaped already.
  return JSON.stringify(value, null, 2).replaceAll(UNSAFE, (character) =>
    character === '\n' ? character : `\\u${hexOf(character).padStart(4, '0')}`,
  );
}

function hexOf(character: string): string {
  return character.charCodeAt(0).toString(16);
}
