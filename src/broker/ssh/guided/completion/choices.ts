/** Candidates in columns, as `ls` shows names. Pure. */
import { clustersOf } from '../screen/glyphs.ts';

const SHOWN_MAX = 120;
const GAP = 2;

function widthOf(name: string): number {
  return clustersOf(name)
    .flatMap(({ glyphs }) => glyphs ?? [])
    .reduce((sum, { width }) => sum + width, 0);
}

/** @returns the lines, each at most `columns` wide unless one name is wider */
export function choicesInColumns(names: readonly string[], columns: number): readonly string[] {
  const shown = names.slice(0, SHOWN_MAX);
  const width = Math.max(1, ...shown.map(widthOf)) + GAP;
  const perLine = Math.max(1, Math.floor((columns - 1) / width));
  const lines: string[] = [];
  for (let from = 0; from < shown.length; from += perLine) {
    const row = shown.slice(from, from + perLine);
    lines.push(
      row
        .map((name) => `${name}${' '.repeat(width - widthOf(name))}`)
        .join('')
        .trimEnd(),
    );
  }
  const left = names.length - shown.length;
  return left > 0 ? [...lines, `… and ${left} more`] : lines;
}
