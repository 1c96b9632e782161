/** What people type into a search -> what is asked of the index. See docs/search.md. */
import { AppError } from '../../core/errors.ts';
import { DENIED, fileLexeme, HELD, MASKED, quoted, tableLexeme } from './lexemes.ts';
import { pairOf, type Word, wordsOf } from './words.ts';

/** A word, a name with dots or slashes, or a phrase: all of them have to be there, or none of the excluded ones. */
export interface Term {
  /** As it was typed, without quotes, minus and star. */
  readonly text: string;
  readonly isExcluded: boolean;
  readonly isPrefix: boolean;
  /** A `tsquery` for an entry, as text. */
  readonly query: string;
  /** What the facts of a session are searched for, see `factsPattern`; null when they cannot have it. */
  readonly pattern: string | null;
}

/** What only entries can meet. */
export interface EntryFilter {
  /** `payments`, `public.payments`, `pay*`. */
  readonly table?: string | undefined;
  /** `/etc/nginx/nginx.conf`, a directory above it, its end (`nginx.conf`), with `*` at the end its beginning. */
  readonly file?: string | undefined;
  readonly denied?: boolean | undefined;
  readonly held?: boolean | undefined;
  readonly masked?: boolean | undefined;
}

const TERMS_MAX = 20;
/** Shorter beginnings match too much to be of use. */
const PREFIX_CHARACTERS_MIN = 2;
const TERM = /(-?)(?:"([^"]*)"?(\*?)|([^\s"]+))/g;
/** Nothing has it: a lexeme of no entry. */
const NOTHING = quoted('#nothing');
/** What separates words in the facts of a session. The columns `search_facts` have blanks in the same places. */
const FACT_SEPARATORS = '@./-_:,;()[]#"\'';

/** @throws AppError `invalid_input` for more than 20 words */
export function parseSearch(search: string): Term[] {
  const terms = [...search.toWellFormed().replaceAll('\0', ' ').matchAll(TERM)].flatMap(termOf);
  if (terms.length > TERMS_MAX)
    throw new AppError('invalid_input', `A search has at most ${TERMS_MAX} words; put phrases in quotes.`);
  return terms;
}

function termOf([typed, minus, phrase, phraseStar, word]: RegExpExecArray): Term[] {
  if (typed === '-') return [];
  const isExcluded = minus === '-';
  const isPrefix = phrase === undefined ? (word ?? '').endsWith('*') : phraseStar === '*';
  const text = (phrase ?? word ?? '').replace(/\*$/, '').trim();
  if (text === '') return [];
  const words = [...wordsOf(text)];
  const last = words.at(-1);
  const asPrefix = isPrefix && last !== undefined && last.end === text.length;
  const found = queryOf(words, asPrefix && (words.length > 1 || text.length >= PREFIX_CHARACTERS_MIN));
  const column = phrase === undefined ? columnQuery(words, asPrefix) : null;
  const query = column === null ? found : `(${found} | ${column})`;
  const pattern = factsPattern(text);
  return [{ text, isExcluded, isPrefix: asPrefix, query: isExcluded ? `!${query}` : query, pattern }];
}

/** The words next to each other, in order. */
function queryOf(words: readonly Word[], isPrefix: boolean): string {
  const elements = elementsOf(words);
  const last = elements.at(-1);
  if (last === undefined) return NOTHING;
  const parts = elements.map(({ lexeme, position }, index) => {
    const before = elements[index - 1];
    const distance = before === undefined ? '' : ` <${position - before.position}> `;
    return `${distance}${quoted(lexeme)}${isPrefix && index === elements.length - 1 ? ':*' : ''}`;
  });
  return `(${parts.join('')})`;
}

/** Pairs where words are joined, since those are rarer than either; single words elsewhere. */
function elementsOf(words: readonly Word[]): { readonly lexeme: string; readonly position: number }[] {
  return words.flatMap((word, position) => {
    const next = words[position + 1];
    const elements: { lexeme: string; position: number }[] = [];
    if (word.isRooted) elements.push({ lexeme: `/${word.name}`, position });
    if (next !== undefined && next.joint !== null) elements.push({ lexeme: pairOf(word, next), position });
    else if (word.joint === null && !word.isRooted) elements.push({ lexeme: word.name, position });
    return elements;
  });
}

/** `payments.card_number` also means the word in a statement that touches the table: `select p.card_number from payments p`. */
function columnQuery(words: readonly Word[], isPrefix: boolean): string | null {
  const [first, second, third] = words;
  if (first === undefined || second === undefined || words.length > 3) return null;
  if (words.slice(1).some(({ joint }) => joint !== '.') || first.isRooted) return null;
  const column = third ?? second;
  const table = third === undefined ? tableLexeme(null, first.name) : tableLexeme(first.name, second.name);
  return `(${quoted(table)} & ${quoted(column.name)}${isPrefix ? ':*' : ''})`;
}

/** Null when nothing is filtered. */
export function filterQuery(filter: EntryFilter): string | null {
  const parts = [
    ...(filter.table === undefined ? [] : [tableQuery(filter.table)]),
    ...(filter.file === undefined ? [] : [fileQuery(filter.file)]),
    ...(filter.denied === true ? [quoted(DENIED)] : []),
    ...(filter.held === true ? [quoted(HELD)] : []),
    ...(filter.masked === true ? [quoted(MASKED)] : []),
  ];
  return parts.length === 0 ? null : parts.join(' & ');
}

/** A table that was named without its schema can be the one that is meant. */
function tableQuery(typed: string): string {
  const { text, star } = withoutStar(typed.replaceAll('"', '').trim());
  const dot = text.lastIndexOf('.');
  if (dot === -1) return `${quoted(tableLexeme(null, text))}${star}`;
  const [schema, name] = [text.slice(0, dot), text.slice(dot + 1)];
  return `(${quoted(tableLexeme(schema, name))}${star} | ${quoted(tableLexeme('', name))}${star})`;
}

function fileQuery(typed: string): string {
  const { text, star } = withoutStar(typed.trim());
  const path = text.length > 1 ? text.replace(/\/+$/, '') : text;
  return `${quoted(fileLexeme(path))}${star}`;
}

function withoutStar(text: string): { text: string; star: '' | ':*' } {
  return text.endsWith('*') ? { text: text.slice(0, -1), star: ':*' } : { text, star: '' };
}

/** A blank, then the text with its separators as blanks, as in `search_facts`: what begins a word there. */
function factsPattern(text: string): string | null {
  const plain = [...text.toLowerCase()]
    .map((character) => (FACT_SEPARATORS.includes(character) ? ' ' : character))
    .join('')
    .trim();
  return plain === '' ? null : ` ${plain}`;
}
