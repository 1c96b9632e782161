/**
 * What every detector is. A detector finds values by what they look like, wherever they are: the second layer
 * behind masks on named columns. It reads every text in time linear in its length.
 */

/** A place in a text, in UTF-16 code units; `end` is the first one behind it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A clue's offset when there is none. */
export const NO_CLUE = 0x7fff_ffff;

export interface Detector {
  /**
   * The offset behind the first clue at or behind `from`, else `NO_CLUE`. A hit in UTF-8 bytes always comes with
   * a clue among its own bytes; a clue may well turn out to be none. Every byte of a result is read, so it is quick.
   */
  clueIn(bytes: Uint8Array, from: number): number;
  /** Every hit, in order and without overlaps. */
  find(text: string): Span[];
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

export function isAlphanumeric(code: number): boolean {
  return isDigit(code) || isLetter(code);
}

/** Between the groups of a printed number: space, hyphen, no-break space. */
export function isGap(code: number): boolean {
  return code === 0x20 || code === 0x2d || code === 0xa0;
}

/** The offset behind the first place of these very bytes. */
export function literalIn(bytes: Uint8Array, search: { literal: Buffer; from: number }): number {
  const { literal, from } = search;
  const searched = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = searched.indexOf(literal, from);
  return at < 0 ? NO_CLUE : at + literal.length;
}
