/** The password in a URL's user information, as in connection strings (RFC 3986, section 3.2.1). */
import { type Detector, literalIn, NO_CLUE, type Span } from './detector.ts';

const BEFORE_AUTHORITY = Buffer.from('://');
const COLON = 0x3a;
const AT_SIGN = 0x40;
/** Past this, what follows is not read as a user and a password. */
const USER_INFORMATION_MAX = 1_024;
/** White space, quotes, and what ends the authority: / ? # */
const ENDS = new Set([...' \t\r\n"\'`<>/?#'].map((character) => character.charCodeAt(0)));

export const URL_PASSWORD: Detector = {
  clueIn: (bytes, from) => {
    const codeAt = (at: number): number => bytes[at] ?? 0x20;
    for (let at = from; ; ) {
      at = literalIn(bytes, { literal: BEFORE_AUTHORITY, from: at });
      if (at === NO_CLUE || passwordAt(codeAt, at) !== null) return at;
    }
  },
  find: (text) => {
    const found: Span[] = [];
    const codeAt = (at: number): number => (at < text.length ? text.charCodeAt(at) : 0x20);
    for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 3)) {
      const password = passwordAt(codeAt, at + 3);
      if (password !== null) found.push(password);
    }
    return found;
  },
};

/** From behind the first colon to the last @ of the authority. */
function passwordAt(codeAt: (at: number) => number, start: number): Span | null {
  let colon = -1;
  let end = -1;
  for (let at = start; at < start + USER_INFORMATION_MAX; at += 1) {
    const code = codeAt(at);
    if (ENDS.has(code)) break;
    if (code === COLON && colon < 0) colon = at;
    if (code === AT_SIGN && colon >= 0) end = at;
  }
  return end > colon + 1 ? { start: colon + 1, end } : null;
}
