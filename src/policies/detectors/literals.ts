/**
 * Many literals searched for at once, whatever their case. Every place where three bytes look like the beginning
 * of a literal is compared; so few do that a byte costs one look-up. Bytes count with five bits, in which the
 * cases of a letter are the same.
 */
import { NO_CLUE } from './detector.ts';

const BITS = 5;
const BYTE_MASK = (1 << BITS) - 1;
const BEGINNINGS = 1 << (3 * BITS);

export class Literals {
  readonly #literals: readonly string[];
  readonly #begins = new Uint8Array(BEGINNINGS);
  /** By beginning: the literals, as positions in the list. */
  readonly #candidates = new Map<number, number[]>();

  /** @param literals ASCII, lower case, of two characters or more */
  constructor(literals: readonly string[]) {
    this.#literals = literals;
    for (const [index, literal] of literals.entries()) {
      const known = (literal.charCodeAt(0) & BYTE_MASK) << BITS;
      const two = (known | (literal.charCodeAt(1) & BYTE_MASK)) << BITS;
      if (literal.length > 2) this.#add(two | (literal.charCodeAt(2) & BYTE_MASK), index);
      else for (let third = 0; third <= BYTE_MASK; third += 1) this.#add(two | third, index);
    }
  }

  #add(beginning: number, literal: number): void {
    this.#begins[beginning] = 1;
    this.#candidates.set(beginning, [...(this.#candidates.get(beginning) ?? []), literal]);
  }

  /** The offset behind the first literal, from `from` on, of which `accept` says yes; else `NO_CLUE`. */
  clueIn(bytes: Uint8Array, from: number, accept: (literal: number, end: number) => boolean): number {
    const begins = this.#begins;
    const { length } = bytes;
    let beginning = 0;
    for (let at = from; at < length; at += 1) {
      beginning = ((beginning << BITS) & (BEGINNINGS - 1)) | ((bytes[at] ?? 0) & BYTE_MASK);
      if (begins[beginning] !== 1 || at < from + 2) continue;
      const end = this.#acceptedAt(bytes, { beginning, start: at - 2 }, accept);
      if (end !== NO_CLUE) return end;
    }
    return NO_CLUE;
  }

  /** Apart from the loop over all bytes, which is quick only without a closure over them. */
  #acceptedAt(
    bytes: Uint8Array,
    place: { readonly beginning: number; readonly start: number },
    accept: (literal: number, end: number) => boolean,
  ): number {
    const codeAt = (at: number): number => bytes[at] ?? -1;
    for (const literal of this.#candidates.get(place.beginning) ?? []) {
      const end = this.#endOf(literal, codeAt, place.start);
      if (end !== null && accept(literal, end)) return end;
    }
    return NO_CLUE;
  }

  /** Calls `visit` for every literal in the text that at least one character follows, with the index behind it. */
  each(text: string, visit: (literal: number, end: number) => void): void {
    const codeAt = (at: number): number => text.charCodeAt(at);
    let beginning = 0;
    for (let at = 0; at < text.length; at += 1) {
      beginning = ((beginning << BITS) & (BEGINNINGS - 1)) | (text.charCodeAt(at) & BYTE_MASK);
      if (this.#begins[beginning] !== 1 || at < 2) continue;
      for (const literal of this.#candidates.get(beginning) ?? []) {
        const end = this.#endOf(literal, codeAt, at - 2);
        if (end !== null) visit(literal, end);
      }
    }
  }

  /** Where the literal ends that begins at `start`; null when it does not. */
  #endOf(index: number, codeAt: (at: number) => number, start: number): number | null {
    const literal = this.#literals[index] ?? '';
    for (let at = 0; at < literal.length; at += 1) {
      const code = codeAt(start + at);
      const lower = code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
      if (lower !== literal.charCodeAt(at)) return null;
    }
    return start + literal.length;
  }
}
