/** JSON Web Tokens, signed, unsigned or encrypted (RFC 7519), known by a header that says how they are protected. */
import { type Detector, literalIn, type Span } from './detector.ts';

/** `{"` in base64url: what every JSON header without white space begins with. */
const BEGINNING = 'eyJ';
const BEGINNING_BYTES = Buffer.from(BEGINNING);
/** Longer headers (certificates, say) are read no further; their beginning is enough. */
const HEADER_CHARACTERS_MAX = 8_192;
/** Signed tokens have three parts, encrypted ones five. */
const PARTS_MAX = 5;
const HEADER_MEMBER = /"(?:alg|enc|typ|kid)"\s*:/;

export const JWT: Detector = {
  clueIn: (bytes, from) => literalIn(bytes, { literal: BEGINNING_BYTES, from }),
  find: (text) => {
    const found: Span[] = [];
    for (let at = text.indexOf(BEGINNING); at >= 0; ) {
      const end = endOfToken(text, at);
      if (end !== null) found.push({ start: at, end });
      at = text.indexOf(BEGINNING, end ?? endOfPart(text, at));
    }
    return found;
  },
};

function endOfToken(text: string, start: number): number | null {
  const header = endOfPart(text, start);
  if (header - start > HEADER_CHARACTERS_MAX || text.charAt(header) !== '.') return null;
  if (!HEADER_MEMBER.test(Buffer.from(text.slice(start, header), 'base64url').toString('latin1')))
    return null;
  let end = header;
  for (let parts = 1; parts < PARTS_MAX && text.charAt(end) === '.'; parts += 1)
    end = endOfPart(text, end + 1);
  return end > header + 1 ? end : null;
}

function endOfPart(text: string, start: number): number {
  let at = start;
  while (isBase64(text.charCodeAt(at))) at += 1;
  return at;
}

/** Both alphabets, and padding, which some writers leave in. */
function isBase64(code: number): boolean {
  if (code >= 0x30 && code <= 0x39) return true;
  if ((code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)) return true;
  return code === 0x2d || code === 0x5f || code === 0x2b || code === 0x2f || code === 0x3d;
}
