/** Candidates in columns, as `ls` shows names. Pure. */
import { widthOf } from '../screen/wrap-words.ts';

const SHOWN_MAX = 120;
const GAP = 2;

/** How wide each column is when `perLine` names stand in a row: one long name widens only its own. */
function columnWidths(widths: readonly number[], perLine: number): number[] {
  return Array.from({ length: perLine }, (_, column) =>
    Math.max(0, ...widths.filter((_width, index) => index % perLine === column)),
  );
}

function isWithin(columns: number, found: readonly number[]): boolean {
  return found.reduce((sum, width) => sum + width + GAP, 0) - GAP < columns;
}

/** @returns the lines, each less than `columns` wide unless one name is wider */
export function choicesInColumns(names: readonly string[], columns: number): readonly string[] {
  const shown = names.slice(0, SHOWN_MAX);
  const widths = shown.map(widthOf);
  let perLine = Math.max(1, shown.length);
  while (perLine > 1 && !isWithin(columns, columnWidths(widths, perLine))) perLine -= 1;
  const found = columnWidths(widths, perLine);
  const lines: string[] = [];
  for (let from = 0; from < shown.length; from += perLine) {
    const row = shown.slice(from, from + perLine);
    const padded = row.map(
      (name, column) => `${name}${' '.repeat((found[column] ?? 0) + GAP - (widths[from + column] ?? 0))}`,
    );
    lines.push(padded.join('').trimEnd());
  }
  const left = names.length - shown.length;
  return left > 0 ? [...lines, `… and ${left} more`] : lines;
}
