/** Private keys in their armoured forms: PEM and OpenSSH (RFC 7468), OpenPGP, PuTTY. */
import { type Detector, literalIn, type Span } from './detector.ts';

const FORMS: readonly { readonly begin: RegExp; readonly clue: string; readonly end: RegExp }[] = [
  {
    clue: 'PRIVATE KEY',
    begin: /-----BEGIN [A-Z0-9 ]{0,60}PRIVATE KEY(?: BLOCK)?-----/g,
    end: /-----END [A-Z0-9 ]{0,60}PRIVATE KEY(?: BLOCK)?-----/g,
  },
  { clue: 'PuTTY-User-Key-File-', begin: /PuTTY-User-Key-File-\d/g, end: /Private-(?:MAC|Hash): [0-9a-f]+/g },
];
const CLUES = FORMS.map(({ clue }) => Buffer.from(clue));

/** A key whose end is missing hides everything behind its beginning. */
export const PRIVATE_KEY: Detector = {
  clueIn: (bytes, from) => Math.min(...CLUES.map((literal) => literalIn(bytes, { literal, from }))),
  find: (text) => {
    const found = FORMS.flatMap((form) => keysOf(text, form));
    return found.sort((left, right) => left.start - right.start);
  },
};

/** A key's own lines: base64, or the headers of its form. */
const BODY_LINE =
  /^(?:[^A-Za-z0-9+/=]*|.*[A-Za-z0-9+/=]{16}.*|[A-Za-z0-9+/=]{1,100}|[A-Za-z][A-Za-z-]{0,40}: .{0,200})$/;

/** Whether a key begins in the text behind whose beginning no end comes: then the next line is one of its lines. */
export function keyGoesOn(text: string): boolean {
  return FORMS.some(({ begin, end }) => {
    const last = lastMatch(begin, text);
    return last !== null && lastMatch(end, text.slice(last)) === null;
  });
}

/**
 * A line behind the beginning of a key, read line by line.
 * @returns how much of it is the key's; the key ends there, unless that is null: then the line is, and it goes on
 */
export function keyEndIn(line: string): number | null {
  const closed = FORMS.map(({ end }) => lastMatch(end, line)).filter((at) => at !== null);
  if (closed.length > 0) return Math.max(...closed);
  return BODY_LINE.test(line) ? null : 0;
}

/** The index behind the last match. */
function lastMatch(pattern: RegExp, text: string): number | null {
  let last: number | null = null;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) last = pattern.lastIndex;
  return last;
}

function keysOf(text: string, { begin, end }: (typeof FORMS)[number]): Span[] {
  const found: Span[] = [];
  begin.lastIndex = 0;
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    end.lastIndex = begin.lastIndex;
    const close = end.exec(text);
    const span = { start: match.index, end: close === null ? text.length : close.index + close[0].length };
    found.push(span);
    begin.lastIndex = span.end;
  }
  return found;
}
