/**
 * How the rows of one result are shown: which columns are masked and how, and what a row looks like then.
 * The masked view is what the client gets and what is recorded; nothing else leaves this file.
 */
import { type AppliedMask, applyMask, maskOf } from '../../policies/masks/apply.ts';
import type { MaskPlan } from '../../policies/masks/plan.ts';
import type { RecordedColumn } from '../../recording/events.ts';
import { JSON_TYPE, JSONB_TYPE, TEXT_TYPES, textOf } from './binary-text.ts';
import { bodyOf } from './codec/framer.ts';
import { type Column, encodeDataRow, parseDataRow } from './codec/rows.ts';
import { violation } from './codec/violation.ts';

export interface ShownColumn {
  readonly column: Column;
  /** The format the values come in, which a description before Bind does not know. */
  readonly format: number;
  readonly mask: AppliedMask | null;
}

export interface ShownRow {
  /** The message to send. */
  readonly message: Buffer;
  readonly maskedCells: number;
  /** For the recording. */
  readonly texts: () => (string | null)[];
}

const JSONB_VERSION = Buffer.of(1);

export class ResultView {
  readonly #columns: readonly ShownColumn[];
  readonly recorded: readonly RecordedColumn[];
  readonly masked: boolean;

  constructor(columns: readonly ShownColumn[]) {
    this.#columns = columns;
    this.recorded = columns.map(({ column, mask }) => ({ name: column.name, masked: mask !== null }));
    this.masked = columns.some(({ mask }) => mask !== null);
  }

  /** @throws AppError `invalid_input` when the row does not have the described columns */
  show(message: Buffer): ShownRow {
    const values = parseDataRow(bodyOf(message));
    if (values.length !== this.#columns.length)
      throw violation('A row has other columns than its description');
    let maskedCells = 0;
    const shown = values.map((value, index) => {
      const column = this.#columns[index];
      if (column === undefined || column.mask === null) return value;
      maskedCells += 1;
      return maskValue(value, column);
    });
    return {
      message: this.masked ? encodeDataRow(shown) : message,
      maskedCells,
      texts: () => shown.map((value, index) => this.#text(value, index)),
    };
  }

  #text(value: Buffer | null, index: number): string | null {
    const shown = this.#columns[index];
    if (value === null || shown === undefined) return null;
    return textOf(value, { typeOid: shown.column.typeOid, format: shown.format });
  }
}

/**
 * @param options.formats of the values, by position
 * @param options.readsMasked whether a column without a known origin could hold masked data
 */
export function createResultView(options: {
  readonly columns: readonly Column[];
  readonly formats: readonly number[];
  readonly masks: MaskPlan | null;
  readonly readsMasked: boolean;
}): ResultView {
  const { masks, formats, readsMasked: statementReadsMasked } = options;
  const shown = options.columns.map((column, index) => {
    const { tableOid, attributeNumber: attnum } = column;
    const mask = masks === null ? null : maskOf(masks, { tableOid, attnum, statementReadsMasked });
    return { column, format: formats[index] ?? 0, mask };
  });
  return new ResultView(shown);
}

/** The mask's text in the form that the column's type has on the wire; NULL where it has none. */
function maskValue(value: Buffer | null, shown: ShownColumn): Buffer | null {
  const { column, format, mask } = shown;
  if (mask === null) return value;
  const { typeOid } = column;
  const masked = applyMask(mask, value === null ? null : textOf(value, { typeOid, format }));
  if (masked === null) return null;
  if (typeOid === JSON_TYPE || (typeOid === JSONB_TYPE && format === 0))
    return Buffer.from(JSON.stringify(masked));
  if (typeOid === JSONB_TYPE) return Buffer.concat([JSONB_VERSION, Buffer.from(JSON.stringify(masked))]);
  if (format === 0 || TEXT_TYPES.has(typeOid)) return Buffer.from(masked, 'utf8');
  return null;
}
