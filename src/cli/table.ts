/** Aligned text: tables for lists, and name-value lines for one thing. */
import { printableLine } from './printable.ts';
import type { Style, Terminal } from './terminal.ts';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: 'left' | 'right';
}

const GAP = '  ';
const CELL_CHARACTERS_MAX = 60;

/** The lines of a table; long cells are cut with `…`, so one long reason does not hide the rest. */
export function renderTable<Row>(
  terminal: Pick<Terminal, 'style'>,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): string {
  const cells = rows.map((row) => columns.map((column) => cut(printableLine(column.value(row)))));
  const widths = columns.map((column, index) =>
    Math.max(lengthOf(column.title), ...cells.map((line) => lengthOf(line[index] ?? ''))),
  );
  const renderLine = (line: readonly string[]): string =>
    columns
      .map((column, index) => pad(line[index] ?? '', widths[index] ?? 0, column.align ?? 'left'))
      .join(GAP)
      .trimEnd();
  const header = terminal.style('dim', renderLine(columns.map((column) => column.title)));
  return [header, ...cells.map(renderLine)].join('\n');
}

/** One line of what is known about a thing; a null value leaves it out. */
export interface Field {
  readonly name: string;
  /** Line breaks are kept, indented. */
  readonly value: string | null;
  readonly style?: Style;
}

/** `name  value` lines. */
export function renderFields(terminal: Pick<Terminal, 'style'>, fields: readonly Field[]): string {
  const shown = fields.flatMap(({ value, ...field }) => (value === null ? [] : [{ ...field, value }]));
  const width = Math.max(0, ...shown.map((field) => lengthOf(field.name)));
  const indent = ' '.repeat(width + GAP.length);
  return shown
    .map(({ name, value, style }) => {
      const lines = value.split('\n').map(printableLine).join(`\n${indent}`);
      const styled = style === undefined ? lines : terminal.style(style, lines);
      return `${terminal.style('dim', pad(name, width, 'left'))}${GAP}${styled}`;
    })
    .join('\n');
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - lengthOf(text)));
  return align === 'left' ? text + space : space + text;
}

function cut(text: string): string {
  const characters = [...text];
  return characters.length <= CELL_CHARACTERS_MAX
    ? text
    : `${characters.slice(0, CELL_CHARACTERS_MAX - 1).join('')}…`;
}

/** Code points: close enough to columns for names, reasons and SQL. */
function lengthOf(text: string): number {
  return [...text].length;
}
