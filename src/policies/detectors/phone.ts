/**
 * Telephone numbers in international form (ITU-T E.164: + or 00, a country code, up to 15 digits), and those of
 * the North American plan where separators show what they are. A bare national number looks like any other number.
 */
import { type Detector, isAlphanumeric, isDigit, type Span } from './detector.ts';
import { digitRunIn } from './digit-runs.ts';

const DIGITS_MIN = 8;
/** Zeros in front are common in other numbers too. */
const DIGITS_AFTER_ZEROS_MIN = 10;
const DIGITS_MAX = 15;
const SEPARATORS: ReadonlySet<string> = new Set([' ', '-', '.', '/', '(', ')', '\u00a0']);
/** Between two digits, as in " (0) ". */
const SEPARATORS_MAX = 2;

/** Country codes by E.164: a one-digit zone, or the two-digit ones; every other code has three digits. */
const ONE_DIGIT_CODES = new Set('17');
const TWO_DIGIT_CODES = new Set(
  '20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98'.split(
    ' ',
  ),
);
const THREE_DIGIT_ZONES = new Set(
  '21 22 23 24 25 26 29 35 37 38 42 50 59 67 68 69 80 85 87 88 96 97 99'.split(' '),
);

export const PHONE: Detector = {
  clueIn: (bytes, from) => digitRunIn(bytes, { from, count: DIGITS_MIN }),
  find: (text) => {
    const found: Span[] = [];
    let at = 0;
    while (at < text.length) {
      const end = endOfInternational(text, at) ?? endOfNorthAmerican(text, at);
      if (end !== null) found.push({ start: at, end });
      at = end ?? at + 1;
    }
    return found;
  },
};

function endOfInternational(text: string, start: number): number | null {
  const before = text.charCodeAt(start - 1);
  if (isAlphanumeric(before) || before === 0x2b || before === 0x2e) return null;
  if (text.charCodeAt(start) === 0x2b) return endOfDigits(text, { start: start + 1, digitsMin: DIGITS_MIN });
  if (!text.startsWith('00', start)) return null;
  return endOfDigits(text, { start: start + 2, digitsMin: DIGITS_AFTER_ZEROS_MIN });
}

/** The digits with their separators from here on, when they are a number with a country code. */
function endOfDigits(text: string, from: { start: number; digitsMin: number }): number | null {
  const { start, digitsMin } = from;
  let digits = '';
  let separators = 0;
  let end = start;
  for (let at = start; digits.length <= DIGITS_MAX; at += 1) {
    const character = text.charAt(at);
    if (isDigit(character.charCodeAt(0))) {
      digits += character;
      separators = 0;
      end = at + 1;
    } else {
      separators += 1;
      if (!SEPARATORS.has(character) || separators > SEPARATORS_MAX) break;
    }
  }
  if (digits.length < digitsMin || digits.length > DIGITS_MAX) return null;
  return hasCountryCode(digits) && !isAlphanumeric(text.charCodeAt(end)) ? end : null;
}

function hasCountryCode(digits: string): boolean {
  const two = digits.slice(0, 2);
  return ONE_DIGIT_CODES.has(two.charAt(0)) || TWO_DIGIT_CODES.has(two) || THREE_DIGIT_ZONES.has(two);
}

/** "(212) 555-0199", "212-555-0199", "212.555.0199": area and exchange begin with 2 to 9. */
const NORTH_AMERICAN = /(?:\([2-9]\d{2}\) ?|[2-9]\d{2}([-. ]))[2-9]\d{2}[-. ]\d{4}(?![\dA-Za-z])/y;

function endOfNorthAmerican(text: string, start: number): number | null {
  const first = text.charCodeAt(start);
  if (first !== 0x28 && !isDigit(first)) return null;
  const before = text.charCodeAt(start - 1);
  if (isAlphanumeric(before) || before === 0x2d || before === 0x2e) return null;
  NORTH_AMERICAN.lastIndex = start;
  return NORTH_AMERICAN.test(text) ? NORTH_AMERICAN.lastIndex : null;
}
