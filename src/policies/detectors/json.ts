/**
 * Detection inside JSON: in what strings mean rather than how they are escaped, with the result still JSON. A
 * member's name is read with its value, because some keys are known only by the name beside them.
 */
import { type Detection, type Hit, withMasks } from './detection.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** @returns null when nothing was found; everything else stays as it was, byte for byte */
export function maskJson(text: string, detection: Detection): { text: string; hits: number } | null {
  let shown = '';
  let copied = 0;
  let hits = 0;
  let name = '';
  for (let at = 0; at < text.length; ) {
    const end = endOfToken(text, at);
    if (end === at) {
      at += 1;
      continue;
    }
    const token = text.slice(at, end);
    const isName = token.charCodeAt(0) === QUOTE && isFollowedByColon(text, end);
    const masked = maskToken(token, { name: isName ? '' : name, detection });
    if (isName) name = meaningOf(token);
    else if (masked !== null || token.charCodeAt(0) === QUOTE) name = '';
    if (masked !== null) {
      shown += text.slice(copied, at) + (isName ? asName(masked.text) : masked.text);
      copied = end;
      hits += masked.hits;
    }
    at = end;
  }
  return hits === 0 ? null : { text: shown + text.slice(copied), hits };
}

/** Where the string or number that begins here ends; `start` itself when neither does. */
function endOfToken(text: string, start: number): number {
  let at = start;
  if (text.charCodeAt(start) !== QUOTE) {
    while (isNumberCode(text.charCodeAt(at))) at += 1;
    return at;
  }
  for (at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at += 1;
    else if (code === QUOTE) return at + 1;
  }
  return text.length;
}

/** Digits - + . and e, E only between them: `true` and `false` are no numbers. */
function isNumberCode(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x2b || code === 0x2e;
}

function isFollowedByColon(text: string, from: number): boolean {
  let at = from;
  while (/\s/.test(text.charAt(at))) at += 1;
  return text.charAt(at) === ':';
}

function maskToken(
  token: string,
  context: { name: string; detection: Detection },
): { text: string; hits: number } | null {
  const value = meaningOf(token);
  const before = context.name === '' ? '' : `${context.name}": "`;
  const hits = context.detection.hits(before + value).flatMap((hit) => shifted(hit, before.length));
  if (hits.length === 0) return null;
  if (hits.some(({ how }) => how === 'null')) return { text: 'null', hits: hits.length };
  return { text: JSON.stringify(withMasks(value, hits)), hits: hits.length };
}

/** The part of a hit that lies in the value, counted from the value's start. */
function shifted(hit: Hit, by: number): Hit[] {
  return hit.end <= by ? [] : [{ ...hit, start: Math.max(0, hit.start - by), end: hit.end - by }];
}

/** A name cannot be null. */
function asName(masked: string): string {
  return masked === 'null' ? '"***"' : masked;
}

/** What a string literal says; a number's own text. */
function meaningOf(token: string): string {
  if (token.charCodeAt(0) !== QUOTE) return token;
  try {
    const value: unknown = JSON.parse(token);
    return typeof value === 'string' ? value : token;
  } catch {
    // Control characters in it, or cut off: then as it is written.
    return token.slice(1, -1);
  }
}
