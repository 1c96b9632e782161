/**
 * What stands in `search_entry.words`. Words of the text have their positions, so that phrases are found. What begins
 * with `#` comes from no text: the tables, the files, and what became of it.
 */
import { pairOf, type Word, wordsOf } from './words.ts';

export interface SearchedRelation {
  /** Null when the text names no schema. */
  readonly schema: string | null;
  readonly name: string;
}

export const DENIED = '#denied';
export const HELD = '#held';
export const MASKED = '#masked';

/** The largest position that PostgreSQL keeps. */
const POSITION_MAX = 16_383;
/** Between the text and each parameter: no phrase goes from one into the other. */
const GAP = 10;
/** Directories of a path that are looked at, from either end. */
const DEPTH_MAX = 16;
/** As PostgreSQL allows, in UTF-8. */
const LEXEME_BYTES_MAX = 2_000;
/** Nearly all are: ASCII that means only itself. */
const PLAIN = /^[\x20-\x26\x28-\x5b\x5d-\x7e]{1,500}$/;

/** A value of type `tsvector`, as text. */
export function lexemesOf(entry: {
  readonly text: string;
  readonly parameters: readonly string[];
  readonly relations: readonly SearchedRelation[];
  readonly files: readonly string[];
  readonly denied: boolean;
  readonly held: boolean;
  readonly masked: boolean;
}): string {
  const lexemes: string[] = [];
  let position = 1;
  for (const text of [entry.text, ...entry.parameters]) position = addText(lexemes, text, position) + GAP;
  const tags = [
    ...entry.relations.flatMap(relationLexemes),
    ...entry.files.flatMap(fileLexemes),
    ...(entry.denied ? [DENIED] : []),
    ...(entry.held ? [HELD] : []),
    ...(entry.masked ? [MASKED] : []),
  ];
  for (const tag of new Set(tags)) lexemes.push(quoted(tag));
  return lexemes.join(' ');
}

/** @param schema null for whichever; `''` for a table that was named without one */
export function tableLexeme(schema: string | null, name: string): string {
  return `#t:${schema === null ? '' : `${schema.toLowerCase()}.`}${name.toLowerCase()}`;
}

export function fileLexeme(path: string): string {
  return `#f:${path}`;
}

/** As PostgreSQL reads a lexeme, in a `tsvector` and in a `tsquery`. */
export function quoted(lexeme: string): string {
  if (PLAIN.test(lexeme)) return `'${lexeme}'`;
  const short =
    Buffer.byteLength(lexeme) <= LEXEME_BYTES_MAX ? lexeme : lexeme.slice(0, LEXEME_BYTES_MAX / 4);
  return `'${short.toWellFormed().replaceAll('\0', '\uFFFD').replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** @returns the position behind its last word */
function addText(lexemes: string[], text: string, from: number): number {
  let position = from;
  let last: Word | null = null;
  for (const word of wordsOf(text)) {
    if (position >= POSITION_MAX) break;
    lexemes.push(`${quoted(word.name)}:${position}`);
    for (const part of word.parts) lexemes.push(`${quoted(part)}:${position}`);
    if (word.isRooted) lexemes.push(`${quoted(`/${word.name}`)}:${position}`);
    if (last !== null && word.joint !== null) lexemes.push(`${quoted(pairOf(last, word))}:${position - 1}`);
    last = word;
    position += 1;
  }
  return position;
}

/** With its schema, and without. */
function relationLexemes({ schema, name }: SearchedRelation): string[] {
  return [tableLexeme(null, name), tableLexeme(schema ?? '', name)];
}

/** Each directory that it lies in, and each end of it: `/etc/nginx`, `nginx/nginx.conf`, `nginx.conf`. */
function fileLexemes(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '');
  const isRooted = path.startsWith('/');
  const lexemes = [fileLexeme(path)];
  for (let count = 1; count <= Math.min(names.length, DEPTH_MAX); count += 1) {
    lexemes.push(fileLexeme(names.slice(-count).join('/')));
    if (isRooted) lexemes.push(fileLexeme(`/${names.slice(0, count).join('/')}`));
  }
  return lexemes;
}
