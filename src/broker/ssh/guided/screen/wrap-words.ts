/** Sentences of the broker's own, broken between words: a terminal would break them anywhere. Pure. */
import { clustersOf } from './glyphs.ts';

/** Columns of a text without line feeds, as `clustersOf` draws it. */
export function widthOf(text: string): number {
  return clustersOf(text)
    .flatMap(({ glyphs }) => glyphs ?? [])
    .reduce((sum, { width }) => sum + width, 0);
}

/** @returns rows of at most `columns`; a word that is wider than that has a row of its own, and is left whole */
export function wrapWords(sentence: string, columns: number): readonly string[] {
  if (widthOf(sentence) <= columns) return [sentence];
  const rows: string[] = [];
  const [first = '', ...words] = sentence.split(' ');
  let row = first;
  for (const word of words) {
    const longer = `${row} ${word}`;
    if (widthOf(longer) > columns) {
      rows.push(row);
      row = word;
    } else row = longer;
  }
  return [...rows, row];
}
