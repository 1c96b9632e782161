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
