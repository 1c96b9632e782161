/**
 * Text -> words to search by. No language is assumed: nothing is stemmed and no word is left out. An identifier is
 * found whole (`card_number`), by its parts (`number`), and together with its neighbours in what it is joined to
 * (`payments.card_number`, `/etc/nginx`). The same words are made of what is recorded and of what is asked.
 */

/** A run of letters and digits, or a number with its separators. */
export interface Word {
  /** In lower case, at most WORD_CHARACTERS_MAX. */
  readonly name: string;
  /** Of `card_number`: `card` and `number`. Empty where it has no parts. */
  readonly parts: readonly string[];
  /** What stands between it and the word before, when that is a single joining character; else null. */
  readonly joint: string | null;
  /** The first name of a path from `/`. */
  readonly isRooted: boolean;
  /** In UTF-16 code units. */
  readonly start: number;
  readonly end: number;
}

/** Longer ones are blobs: their beginning is enough to find them. */
const WORD_CHARACTERS_MAX = 64;
const UUID = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![\\p{L}\\p{N}_])';
const NUMBER = '\\d+(?:[.:-]\\d+)+(?![\\p{L}\\p{N}_.:-])';
const NAME = '[\\p{L}\\p{N}\\p{M}_$]+';
const WORD = new RegExp(`${UUID}|${NUMBER}|${NAME}`, 'gu');
const JOINTS = './:@-';
const NAME_CHARACTER = /[\p{L}\p{N}\p{M}_$./:@-]/u;

/** In order. */
export function* wordsOf(text: string): Generator<Word> {
  let lastEnd = -2;
  for (const match of text.matchAll(WORD)) {
    const start = match.index;
    const end = start + match[0].length;
    const before = start === 0 ? '' : text.charAt(start - 1);
    const joint = start - lastEnd === 1 && JOINTS.includes(before) ? before : null;
    const isRooted =
      joint === null && before === '/' && (start === 1 || !NAME_CHARACTER.test(text.charAt(start - 2)));
    yield { name: shortened(match[0].toLowerCase()), parts: partsOf(match[0]), joint, isRooted, start, end };
    lastEnd = end;
  }
}

/** Two neighbours as one word: `payments.card_number`. */
export function pairOf(first: Word, second: Word): string {
  return `${first.name}${second.joint}${second.name}`;
}

/** `cardNumber` and `card_number` have the same parts. */
function partsOf(name: string): string[] {
  if (!/[_$]|[\p{Ll}\p{N}]\p{Lu}/u.test(name)) return [];
  const parts = name.replaceAll(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1_$2').split(/[_$]+/);
  return parts.filter((part) => part !== '').map((part) => shortened(part.toLowerCase()));
}

function shortened(name: string): string {
  return name.length <= WORD_CHARACTERS_MAX ? name : name.slice(0, WORD_CHARACTERS_MAX).toWellFormed();
}
