/**
 * Payment card numbers: 12 to 19 digits, plain or grouped as they are printed, that begin like an issuer's and
 * satisfy the Luhn formula (ISO/IEC 7812-1, annex B).
 */
import { type Detector, isAlphanumeric, isDigit, isGap, type Span } from './detector.ts';
import { digitRunIn } from './digit-runs.ts';

const DIGITS_MIN = 12;
const DIGITS_MAX = 19;

/** Issuers by the first digits, as inclusive ranges of equal length, and the lengths of their numbers. */
const ISSUERS: readonly {
  readonly from: string;
  readonly to: string;
  readonly lengths: readonly number[];
}[] = [
  { from: '4', to: '4', lengths: [13, 16, 18, 19] }, // Visa
  { from: '51', to: '55', lengths: [16] }, // Mastercard
  { from: '2221', to: '2720', lengths: [16] }, // Mastercard
  { from: '34', to: '34', lengths: [15] }, // American Express
  { from: '37', to: '37', lengths: [15] }, // American Express
  { from: '6011', to: '6011', lengths: [16, 17, 18, 19] }, // Discover
  { from: '644', to: '659', lengths: [16, 17, 18, 19] }, // Discover, RuPay
  { from: '300', to: '305', lengths: [14, 16, 19] }, // Diners Club
  { from: '36', to: '36', lengths: [14, 16, 19] }, // Diners Club
  { from: '38', to: '39', lengths: [14, 16, 19] }, // Diners Club
  { from: '3528', to: '3589', lengths: [16, 17, 18, 19] }, // JCB
  { from: '62', to: '62', lengths: [16, 17, 18, 19] }, // UnionPay
  { from: '81', to: '82', lengths: [16, 17, 18, 19] }, // UnionPay, RuPay
  { from: '2200', to: '2204', lengths: [16, 17, 18, 19] }, // Mir
  { from: '60', to: '60', lengths: [16] }, // RuPay
  { from: '508', to: '508', lengths: [16] }, // RuPay
  { from: '9792', to: '9792', lengths: [16] }, // Troy
  { from: '5018', to: '5018', lengths: [12, 13, 14, 15, 16, 17, 18, 19] }, // Maestro
  { from: '5020', to: '5020', lengths: [12, 13, 14, 15, 16, 17, 18, 19] }, // Maestro
  { from: '5038', to: '5038', lengths: [12, 13, 14, 15, 16, 17, 18, 19] }, // Maestro
  { from: '5893', to: '5893', lengths: [12, 13, 14, 15, 16, 17, 18, 19] }, // Maestro
  { from: '6304', to: '6304', lengths: [12, 13, 14, 15, 16, 17, 18, 19] }, // Maestro
  { from: '6759', to: '6763', lengths: [12, 13, 14, 15, 16, 17, 18, 19] }, // Maestro
];

/** Group sizes in print; the last of a pattern may be left out of longer ones. */
const GROUPINGS: ReadonlySet<string> = new Set([
  '4-4-4-4',
  '4-4-4-4-1',
  '4-4-4-4-2',
  '4-4-4-4-3',
  '4-6-5',
  '4-6-4',
  '4-4-4-1',
  '4-4-5',
  '5-5-5-4',
  '6-10',
  '6-13',
  '8-8',
]);
const GROUPS_MAX = 5;

export const CREDIT_CARD: Detector = {
  clueIn: (bytes, from) => digitRunIn(bytes, { from, count: DIGITS_MIN }),
  find: findCards,
};

function findCards(text: string): Span[] {
  const found: Span[] = [];
  let at = 0;
  while (at < text.length) {
    if (!isDigit(text.charCodeAt(at))) {
      at += 1;
      continue;
    }
    const groups = groupsFrom(text, at);
    found.push(...cardsAmong(text, groups));
    at = (groups.at(-1)?.end ?? at) + 1;
  }
  return found;
}

/** Neighbouring groups of digits with one gap between any two. */
function groupsFrom(text: string, start: number): Span[] {
  const groups: Span[] = [];
  let at = start;
  for (;;) {
    const from = at;
    while (isDigit(text.charCodeAt(at))) at += 1;
    groups.push({ start: from, end: at });
    if (!isGap(text.charCodeAt(at)) || !isDigit(text.charCodeAt(at + 1))) return groups;
    at += 1;
  }
}

function cardsAmong(text: string, groups: readonly Span[]): Span[] {
  const found: Span[] = [];
  let first = 0;
  while (first < groups.length) {
    const count = groupsOfCard(text, groups, first);
    const start = groups[first]?.start ?? 0;
    const end = groups[first + count - 1]?.end ?? 0;
    if (count > 0) found.push({ start, end });
    first += Math.max(1, count);
  }
  return found;
}

/** How many groups from `first` on are a card number; the longest that is one, else 0. */
function groupsOfCard(text: string, groups: readonly Span[], first: number): number {
  for (let count = Math.min(GROUPS_MAX, groups.length - first); count > 0; count -= 1) {
    const part = groups.slice(first, first + count);
    if (count > 1 && !GROUPINGS.has(part.map(({ start, end }) => end - start).join('-'))) continue;
    const start = part[0]?.start ?? 0;
    const end = part.at(-1)?.end ?? 0;
    if (standsAlone(text, start, end) && isCardNumber(digitsOf(text, part))) return count;
  }
  return 0;
}

/** The digits after a decimal point are no card number, and neither are some within a word. */
function standsAlone(text: string, start: number, end: number): boolean {
  const before = text.charCodeAt(start - 1);
  if (isAlphanumeric(before) || isAlphanumeric(text.charCodeAt(end))) return false;
  return before !== 0x2e || !isDigit(text.charCodeAt(start - 2));
}

function digitsOf(text: string, groups: readonly Span[]): string {
  let digits = '';
  for (const { start, end } of groups) {
    if (digits.length + end - start > DIGITS_MAX) return '';
    digits += text.slice(start, end);
  }
  return digits;
}

/** True for the digits of a card number, without gaps. */
function isCardNumber(digits: string): boolean {
  if (digits.length < DIGITS_MIN || digits.length > DIGITS_MAX) return false;
  const issued = ISSUERS.some(({ from, to, lengths }) => {
    const start = digits.slice(0, from.length);
    return start >= from && start <= to && lengths.includes(digits.length);
  });
  return issued && satisfiesLuhn(digits);
}

function satisfiesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - place) - 0x30;
    const doubled = digit * 2;
    if (place % 2 === 0) sum += digit;
    else sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
