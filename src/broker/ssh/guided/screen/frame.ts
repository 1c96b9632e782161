/** A prompt and the text behind it, laid out in the rows of a terminal. Pure. */
import { clustersOf, type Glyph } from './glyphs.ts';

export interface Row {
  readonly glyphs: readonly Glyph[];
  /** Columns in use. */
  readonly width: number;
  /** The next row goes on without a line feed: this one is full to the last column. */
  readonly goesOn: boolean;
}

export interface Place {
  readonly row: number;
  readonly column: number;
}

/** What is on the screen: at least one row. */
export interface Frame {
  readonly rows: readonly Row[];
  readonly cursor: Place;
}

/** Narrower than this is laid out as if it were this wide. */
export const COLUMNS_MIN = 2;

interface Open {
  readonly rows: Row[];
  glyphs: Glyph[];
  width: number;
}

function closeRow(open: Open, goesOn: boolean): void {
  open.rows.push({ glyphs: open.glyphs, width: open.width, goesOn });
  open.glyphs = [];
  open.width = 0;
}

/** @returns where it stands */
function place(open: Open, glyph: Glyph, columns: number): Place {
  const width = Math.min(glyph.width, columns);
  if (open.width + width > columns) closeRow(open, false);
  const at = { row: open.rows.length, column: open.width };
  open.glyphs.push(width === glyph.width ? glyph : { ...glyph, width });
  open.width += width;
  // The cursor never stands behind the last column, where terminals disagree about what comes next.
  if (open.width === columns) closeRow(open, glyph.exact);
  return at;
}

/** @returns where the first of them stands */
function placeAll(open: Open, glyphs: readonly Glyph[], columns: number): Place | null {
  let first: Place | null = null;
  for (const glyph of glyphs) {
    const at = place(open, glyph, columns);
    first ??= at;
  }
  return first;
}

function glyphsOf(text: string): Glyph[] {
  return clustersOf(text).flatMap(({ glyphs }) => glyphs ?? []);
}

/**
 * Lays out a prompt and a text of any number of lines; each line after the first begins with `continuation`.
 * @param cursor in UTF-16 units of the text
 */
export function layOut(of: {
  readonly prompt: string;
  readonly continuation: string;
  readonly text: string;
  readonly cursor: number;
  readonly columns: number;
}): Frame {
  const columns = Math.max(COLUMNS_MIN, of.columns);
  const open: Open = { rows: [], glyphs: [], width: 0 };
  const next = (): Place => ({ row: open.rows.length, column: open.width });
  const continuation = glyphsOf(of.continuation);
  let cursor: Place | null = null;
  for (const glyph of glyphsOf(of.prompt)) place(open, glyph, columns);
  for (const { start, glyphs } of clustersOf(of.text)) {
    const before = next();
    if (glyphs === null) closeRow(open, false);
    const at = placeAll(open, glyphs ?? continuation, columns) ?? before;
    if (start >= of.cursor && cursor === null) cursor = glyphs === null ? before : at;
  }
  const end = next();
  closeRow(open, false);
  return { rows: open.rows, cursor: cursor ?? end };
}

/** A frame that fits a terminal: the rows around the cursor where it has more than the terminal. */
export function windowOf(frame: Frame, height: number): Frame {
  const count = Math.max(1, height);
  if (frame.rows.length <= count) return frame;
  const top = Math.min(Math.max(0, frame.cursor.row - Math.floor(count / 2)), frame.rows.length - count);
  const rows = frame.rows.slice(top, top + count);
  return { rows, cursor: { row: frame.cursor.row - top, column: frame.cursor.column } };
}

/** In which row of the terminal the cursor is once it has wrapped the rows anew at another width. */
export function rowAfterReflow(frame: Frame, columns: number): number {
  const width = Math.max(COLUMNS_MIN, columns);
  let row = 0;
  let lineWidth = 0;
  for (const one of frame.rows.slice(0, frame.cursor.row)) {
    lineWidth += one.width;
    if (one.goesOn) continue;
    row += Math.max(1, Math.ceil(lineWidth / width));
    lineWidth = 0;
  }
  return row + Math.floor((lineWidth + frame.cursor.column) / width);
}
