/**
 * What the server sends, for eyes. Reasons, notes, names and statements are text that somebody else
 * wrote: a character that reorders or hides its neighbours would let a statement or a reason read as
 * another one, so such characters are written out wherever they come from.
 */

/** Controls but for line breaks and tabs; marks that set direction (UAX 9); characters without a width. */
const DECEPTIVE = /[\p{Cc}--[\n\r\t]]|\p{Bidi_Control}|[\u200b\u2060\ufeff]/gv;

/** As `JSON.parse`, with every text as it can be shown: U+202E becomes `\u{202e}`. */
export function readJson(text: string): ReturnType<typeof JSON.parse> {
  return JSON.parse(text, (_name, value) => (typeof value === 'string' ? visible(value) : value));
}

function visible(text: string): string {
  return text.replace(DECEPTIVE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
