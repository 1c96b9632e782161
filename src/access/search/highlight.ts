/** Where in a text the words of a search are, and the part of a long text that shows the first of them. */
import type { Term } from './query.ts';
import { type Word, wordsOf } from './words.ts';

/** A piece of a text: joined they are the text. */
export interface Piece {
  readonly text: string;
  /** A word of the search. */
  readonly found: boolean;
}

/** In UTF-16 code units. */
interface Highlight {
  readonly start: number;
  readonly end: number;
}

const EXCERPT_CHARACTERS_MAX = 400;
/** Shown before the first highlight of a long text. */
const LEAD_CHARACTERS = 80;
const HIGHLIGHTS_MAX = 50;

/** @param of.isCut the text goes on in the recording */
export function excerptOf(of: {
  readonly text: string;
  readonly isCut: boolean;
  readonly terms: readonly Term[];
}): Piece[] {
  const { text, isCut, terms } = of;
  const found = highlightsIn(text, terms);
  const from = text.length <= EXCERPT_CHARACTERS_MAX ? 0 : startOf(text, found);
  const to = Math.min(text.length, from + EXCERPT_CHARACTERS_MAX);
  const pieces: Piece[] = [];
  const add = (piece: string, isFound: boolean): void => {
    if (piece !== '') pieces.push({ text: piece.toWellFormed(), found: isFound });
  };
  let at = from;
  let lead = from > 0 ? '…' : '';
  for (const { start, end } of found.filter((place) => place.start >= from && place.end <= to)) {
    add(lead + text.slice(at, start), false);
    add(text.slice(start, end), true);
    lead = '';
    at = end;
  }
  add(`${lead}${text.slice(at, to)}${to < text.length || isCut ? '…' : ''}`, false);
  return pieces;
}

function startOf(text: string, found: readonly Highlight[]): number {
  const first = found[0]?.start ?? 0;
  return Math.max(0, Math.min(first - LEAD_CHARACTERS, text.length - EXCERPT_CHARACTERS_MAX));
}

function highlightsIn(text: string, terms: readonly Term[]): Highlight[] {
  const words = [...wordsOf(text)];
  const found = terms.filter(({ isExcluded }) => !isExcluded).flatMap((term) => placesOf(term, words));
  const merged: { start: number; end: number }[] = [];
  for (const place of found.toSorted((one, other) => one.start - other.start)) {
    const last = merged.at(-1);
    if (last !== undefined && place.start <= last.end) last.end = Math.max(last.end, place.end);
    else merged.push({ ...place });
  }
  return merged.slice(0, HIGHLIGHTS_MAX);
}

/** The term's words in a row; of a column of a table, its name alone. */
function placesOf(term: Term, words: readonly Word[]): Highlight[] {
  const sought = [...wordsOf(term.text)];
  if (sought.length === 0) return [];
  const places = placesOfRow(sought, { words, isPrefix: term.isPrefix });
  const column = sought.at(-1);
  const isColumn = sought.length <= 3 && sought.slice(1).every(({ joint }) => joint === '.');
  if (places.length > 0 || column === undefined || !isColumn) return places;
  return placesOfRow([column], { words, isPrefix: term.isPrefix });
}

function placesOfRow(
  sought: readonly Word[],
  of: { readonly words: readonly Word[]; readonly isPrefix: boolean },
): Highlight[] {
  const { words, isPrefix } = of;
  const last = sought.length - 1;
  return words.flatMap((first, at) => {
    const end = words[at + last];
    const isHere =
      end !== undefined &&
      sought.every((word, index) => {
        const candidate = words[at + index];
        return candidate !== undefined && isWord(candidate, word.name, isPrefix && index === last);
      });
    return isHere ? [{ start: first.start, end: end.end }] : [];
  });
}

function isWord(word: Word, name: string, isPrefix: boolean): boolean {
  const names = [word.name, ...word.parts];
  return names.some((one) => (isPrefix ? one.startsWith(name) : one === name));
}
