/** International bank account numbers, plain or in groups, by country, length and check digits (ISO 13616-1). */
import { type Detector, isAlphanumeric, isDigit, isGap, NO_CLUE, type Span } from './detector.ts';

/** Characters of an IBAN by country (SWIFT IBAN registry). */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  `AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20
   EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30
   KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23
   PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26
   UA29 VA22 VG24 XK20 YE30`
    .trim()
    .split(/\s+/)
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

const CODES = new Uint8Array(65_536);
for (const country of LENGTHS.keys()) CODES[country.charCodeAt(0) * 256 + country.charCodeAt(1)] = 1;

const DIGIT = 1;
const LETTER = 2;
const KINDS = new Uint8Array(256);
for (let code = 0; code < 128; code += 1) {
  if (isAlphanumeric(code)) KINDS[code] = isDigit(code) ? DIGIT : LETTER;
}

export const IBAN: Detector = {
  clueIn: (bytes, from) => {
    // Of the two check digits, which stand behind a letter, one is at an even distance.
    for (let at = from + 2; at < bytes.length; at += 2) {
      if (KINDS[bytes[at] ?? 0] !== DIGIT) continue;
      const before = KINDS[bytes[at - 1] ?? 0];
      const start = before === LETTER ? at - 2 : at - 3;
      if (before !== LETTER && (before !== DIGIT || KINDS[bytes[at - 2] ?? 0] !== LETTER)) continue;
      if (beginsAt(bytes, start, from)) return start + 4;
    }
    return NO_CLUE;
  },
  find: (text) => {
    const found: Span[] = [];
    let at = 0;
    while (at + 4 < text.length) {
      const end = endOfIban(text, at);
      if (end !== null) found.push({ start: at, end });
      at = end ?? at + 1;
    }
    return found;
  },
};

/** A country code and two digits. */
function beginsAt(bytes: Uint8Array, start: number, from: number): boolean {
  if (start < from || !isDigit(bytes[start + 2] ?? 0) || !isDigit(bytes[start + 3] ?? 0)) return false;
  return CODES[upperCase(bytes[start] ?? 0) * 256 + upperCase(bytes[start + 1] ?? 0)] === 1;
}

function upperCase(code: number): number {
  return code >= 0x61 && code <= 0x7a ? code - 0x20 : code & 0xff;
}

/** Where the IBAN that begins here ends; null when none does. */
function endOfIban(text: string, start: number): number | null {
  if (!isDigit(text.charCodeAt(start + 2)) || !isDigit(text.charCodeAt(start + 3))) return null;
  if (start > 0 && isAlphanumeric(text.charCodeAt(start - 1))) return null;
  const length = LENGTHS.get(text.slice(start, start + 2).toUpperCase());
  if (length === undefined) return null;
  let compact = '';
  let at = start;
  while (compact.length < length) {
    const code = text.charCodeAt(at);
    if (isAlphanumeric(code)) compact += text.charAt(at);
    else if (!isGap(code) || isGap(text.charCodeAt(at - 1))) return null;
    at += 1;
  }
  if (isAlphanumeric(text.charCodeAt(at)) || !hasRightCheckDigits(compact.toUpperCase())) return null;
  return at;
}

/** ISO 7064, MOD 97-10: letters count as 10 to 35, and the first four characters go last. */
function hasRightCheckDigits(iban: string): boolean {
  let remainder = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}
