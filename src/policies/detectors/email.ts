/** E-mail addresses as people write them: dot-atoms and domains with a dot (RFC 5322), letters of any script. */
import { type Detector, isAlphanumeric, NO_CLUE, type Span } from './detector.ts';

const AT = 0x40;
const LOCAL_CHARACTERS_MAX = 64;
const DOMAIN_CHARACTERS_MAX = 253;
const LOCAL_EXTRA = new Set([..."!#$%&'*+-/=?^_`{|}~."].map((character) => character.charCodeAt(0)));

export const EMAIL: Detector = {
  clueIn: (bytes, from) => {
    const at = bytes.indexOf(AT, from);
    return at < 0 ? NO_CLUE : at + 1;
  },
  find: (text) => {
    const found: Span[] = [];
    for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
      const start = startOfLocal(text, at);
      const end = endOfDomain(text, at + 1);
      if (start < at && end !== null) found.push({ start: Math.max(start, found.at(-1)?.end ?? 0), end });
    }
    return found;
  },
};

function isAtom(code: number): boolean {
  return isAlphanumeric(code) || code > 0x7f;
}

function startOfLocal(text: string, at: number): number {
  let start = at;
  while (start > 0 && at - start < LOCAL_CHARACTERS_MAX) {
    const code = text.charCodeAt(start - 1);
    if (!isAtom(code) && !LOCAL_EXTRA.has(code)) break;
    start -= 1;
  }
  // Quotes, apostrophes and the like around an address are not part of it.
  while (start < at && !isAtom(text.charCodeAt(start)) && text.charCodeAt(start) !== 0x5f) start += 1;
  return start;
}

/** Labels with single dots between them; the last one is letters, or punycode. */
function endOfDomain(text: string, start: number): number | null {
  let at = start;
  let end: number | null = null;
  let labels = 0;
  while (at - start < DOMAIN_CHARACTERS_MAX) {
    const from = at;
    while (
      at - start < DOMAIN_CHARACTERS_MAX &&
      (isAtom(text.charCodeAt(at)) || text.charCodeAt(at) === 0x2d)
    )
      at += 1;
    if (at === from) break;
    labels += 1;
    if (labels > 1 && isTopLevel(text.slice(from, at))) end = at;
    if (text.charCodeAt(at) !== 0x2e) break;
    at += 1;
  }
  return end;
}

function isTopLevel(label: string): boolean {
  return label.startsWith('xn--') || /^[^\d-]{2,63}$/.test(label);
}
