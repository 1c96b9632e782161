/**
 * From one frame to the next with what every terminal understands: carriage return, line feed, cursor up, down and
 * right, erase to the end of the row or screen, inverse. Pure.
 */
import type { Frame, Place, Row } from './frame.ts';
import type { Glyph } from './glyphs.ts';

/** From the cursor on. */
export const ERASE_ROW = '\x1b[K';
const ERASE_BELOW = '\x1b[J';
const INVERSE = '\x1b[7m';
const PLAIN = '\x1b[m';

/** An empty screen from the row on in which the cursor stands at the first column. */
export const EMPTY_FRAME: Frame = {
  rows: [{ glyphs: [], width: 0, goesOn: false }],
  cursor: { row: 0, column: 0 },
};

function steps(count: number, direction: 'A' | 'B' | 'C'): string {
  if (count <= 0) return '';
  return `\x1b[${count === 1 ? '' : count}${direction}`;
}

/** From a place to another one in rows that exist. */
function moved(from: Place, to: Place): string {
  if (from.row === to.row && from.column === to.column) return '';
  const vertical = from.row > to.row ? steps(from.row - to.row, 'A') : steps(to.row - from.row, 'B');
  if (from.column === to.column) return vertical;
  if (to.column > from.column) return `${vertical}${steps(to.column - from.column, 'C')}`;
  return `${vertical}\r${steps(to.column, 'C')}`;
}

/** Glyphs one behind the other, the first at `column`. */
function drawn(glyphs: readonly Glyph[], column: number): string {
  let text = '';
  let at = column;
  let inverse = false;
  for (const glyph of glyphs) {
    if (glyph.escape !== inverse) text += glyph.escape ? INVERSE : PLAIN;
    inverse = glyph.escape;
    at += glyph.width;
    // Cells that a narrower terminal leaves out are emptied first, and the next glyph is placed by its column.
    text += glyph.exact
      ? glyph.text
      : `${' '.repeat(glyph.width)}\r${steps(at - glyph.width, 'C')}${glyph.text}\r${steps(at, 'C')}`;
  }
  return inverse ? text + PLAIN : text;
}

function sameGlyph(one: Glyph, other: Glyph | undefined): boolean {
  return (
    other !== undefined && one.text === other.text && one.escape === other.escape && one.width === other.width
  );
}

function sameRow(one: Row, other: Row | undefined): boolean {
  return (
    other !== undefined &&
    one.goesOn === other.goesOn &&
    one.glyphs.length === other.glyphs.length &&
    one.glyphs.every((glyph, index) => sameGlyph(glyph, other.glyphs[index]))
  );
}

function commonGlyphs(one: Row | undefined, other: Row | undefined): { count: number; width: number } {
  let count = 0;
  let width = 0;
  for (const glyph of one?.glyphs ?? []) {
    if (!sameGlyph(glyph, other?.glyphs[count])) break;
    count += 1;
    width += glyph.width;
  }
  return { count, width };
}

function drawRows(from: Frame, to: Frame, first: number): string {
  const start = commonGlyphs(to.rows[first], from.rows[first]);
  const fewerRows = from.rows.length > to.rows.length;
  let text = moved(from.cursor, { row: first, column: start.width });
  for (let index = first; index < to.rows.length; index += 1) {
    const row = to.rows[index];
    if (row === undefined) break;
    const skip = index === first ? start : { count: 0, width: 0 };
    const next = to.rows[index + 1];
    text += drawn(row.glyphs.slice(skip.count), skip.width);
    if (next === undefined) text += lastErasure(row, from.rows[index], fewerRows);
    else if (!row.goesOn) text += `${shorter(row, from.rows[index]) ? ERASE_ROW : ''}\r\n`;
    else if (next.glyphs.length === 0) text += ' \r';
  }
  return text;
}

function shorter(row: Row, before: Row | undefined): boolean {
  return before !== undefined && row.width < before.width;
}

function lastErasure(row: Row, before: Row | undefined, fewerRows: boolean): string {
  if (fewerRows) return ERASE_BELOW;
  return shorter(row, before) ? ERASE_ROW : '';
}

function endOf({ rows }: Frame): Place {
  return { row: rows.length - 1, column: rows.at(-1)?.width ?? 0 };
}

/** What is written so that a screen that shows `from` shows `to`. */
export function painted(from: Frame, to: Frame): string {
  const changed = to.rows.findIndex((row, index) => !sameRow(row, from.rows[index]));
  if (changed >= 0) {
    // A row that is not there yet is reached by the line feed behind the one before it.
    const first = changed === from.rows.length ? changed - 1 : changed;
    return `${drawRows(from, to, first)}${moved(endOf(to), to.cursor)}`;
  }
  if (from.rows.length === to.rows.length) return moved(from.cursor, to.cursor);
  const end = endOf(to);
  return `${moved(from.cursor, end)}${ERASE_BELOW}${moved(end, to.cursor)}`;
}

/** Takes a frame away: the cursor is where it began, and everything from there is empty. */
export function erased(frame: Frame, cursorRow: number = frame.cursor.row): string {
  return `\r${steps(cursorRow, 'A')}${ERASE_BELOW}`;
}

/** To the first column of the row below a frame, which stays. */
export function left(frame: Frame): string {
  const end = endOf(frame);
  const isFresh = end.column === 0 && end.row > 0 && frame.rows[end.row - 1]?.goesOn === true;
  return `${moved(frame.cursor, end)}${isFresh ? '' : '\r\n'}`;
}
