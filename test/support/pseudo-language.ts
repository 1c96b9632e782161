/**
 * A language for tests, made from English: its letters are wide ones, and it takes more room, as most languages do.
 * What a text is made with stays as it is, so whatever is neither data nor from the catalogue stands out.
 */
import type { Texts } from '../../src/bot/texts/languages.ts';

/** Around what a text is given; nobody types these. */
const FROM = '\ue000';
const TO = '\ue001';
const GIVEN = /\ue000([^\ue000\ue001]*)\ue001/;
const TO_WIDE = 0xff21 - 0x41;
/** Room that it takes beyond that of English. */
const PADDING = 0.3;

export function pseudoLanguage(texts: Texts): Texts {
  return translated(texts) as Texts;
}

function translated(part: unknown): unknown {
  if (typeof part === 'string') return pseudo(part);
  if (Array.isArray(part)) return part.map(translated);
  if (typeof part === 'function') return (...given: unknown[]) => pseudo(part(...given.map(marked)));
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, translated(inner)]));
}

function marked(given: unknown): unknown {
  if (typeof given === 'string') return `${FROM}${given}${TO}`;
  if (Array.isArray(given)) return given.map(marked);
  if (typeof given !== 'object' || given === null) return given;
  return Object.fromEntries(Object.entries(given).map(([name, inner]) => [name, marked(inner)]));
}

/** Every other part of what is split is what the text was given. */
function pseudo(text: string): string {
  return text
    .split(GIVEN)
    .map((part, index) => (index % 2 === 1 ? part : wide(part)))
    .join('');
}

function wide(words: string): string {
  const letters = words.match(/[A-Za-z]/g)?.length ?? 0;
  const padding = '·'.repeat(Math.floor(letters * PADDING));
  // A blank or a full stop at its end still ends it.
  const [, said = '', end = ''] = /^(.*?)([\s.:]*)$/s.exec(words) ?? [];
  return `${said.replace(/[A-Za-z]/g, wideLetter)}${padding}${end}`;
}

function wideLetter(letter: string): string {
  return String.fromCharCode(letter.charCodeAt(0) + TO_WIDE);
}

/** What is the same in every language: ids, hashes, times, durations, addresses, and what is typed. */
const DATA = [
  /https?:\/\/\S+/g,
  /\b[a-z]+@[a-z.]+/g,
  /\/access\b/g,
  /\b[a-z]-[a-z2-7]{4,8}\b/g,
  /\b[0-9a-f]{16,64}\b/g,
  /\b(?=[0-9a-f]*\d)[0-9a-f]{5,15}\b/g,
  /\b\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC\b/g,
  /\b\d{2}:\d{2}(?::\d{2})? UTC\b/g,
  /\b(?:\d+(?:ms|[smhd]))+\b/g,
];

/**
 * Words that were not translated.
 * @param known data of the sample, such as the names of platforms
 */
export function untranslated(text: string, known: readonly string[]): readonly string[] {
  const left = DATA.reduce((rest, data) => rest.replaceAll(data, ' '), text);
  return (left.match(/[A-Za-z][A-Za-z'’-]*/g) ?? []).filter((word) => !known.includes(word));
}
