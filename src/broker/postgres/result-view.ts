/**
 * How the rows of one result are shown: which columns are masked and how, what is detected in the others, and what
 * a row looks like then. This view is what the client gets and what is recorded; nothing else leaves this file.
 */
import type { Detection } from '../../policies/detectors/detection.ts';
import { type AppliedMask, applyMask, maskOf } from '../../policies/masks/apply.ts';
import type { MaskPlan } from '../../policies/masks/plan.ts';
import type { RecordedColumn } from '../../recording/events.ts';
import { JSON_TYPE, JSONB_TYPE, TEXT_TYPES, textOf } from './binary-text.ts';
import { bodyOf } from './codec/framer.ts';
import { type Column, encodeDataRow, parseDataRow } from './codec/rows.ts';
import { violation } from './codec/violation.ts';
import { maskCell, mustBeDecoded } from './detected-cells.ts';
import { type Replacement, RowRewriter } from './row-rewriter.ts';

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
const NOTHING = Buffer.alloc(0);

export class ResultView {
  readonly #columns: readonly ShownColumn[];
  readonly #detection: Detection | null;
  /** Rewrites rows whose masks are all there is to look for; null where nothing is masked, or more is. */
  readonly #rewriter: RowRewriter | null;
  readonly #maskedColumns: number;
  readonly recorded: readonly RecordedColumn[];
  /** True when every row must be read: a column is masked, or the bytes of one can hide what it says. */
  readonly readsEveryRow: boolean;

  constructor(columns: readonly ShownColumn[], detection: Detection | null) {
    this.#columns = columns;
    this.#detection = detection;
    this.#maskedColumns = columns.filter(({ mask }) => mask !== null).length;
    const rewrites = detection === null && this.#maskedColumns > 0;
    this.#rewriter = rewrites ? new RowRewriter(columns.map(replacementOf)) : null;
    this.recorded = columns.map(({ column, mask }) => ({ name: column.name, masked: mask !== null }));
    this.readsEveryRow = columns.some(
      ({ column: { typeOid }, format, mask }) =>
        mask !== null || (detection !== null && mustBeDecoded({ typeOid, format })),
    );
  }

  /** @throws AppError `invalid_input` when the row does not have the described columns */
  show(message: Buffer): ShownRow {
    const body = bodyOf(message);
    if (this.#rewriter !== null) {
      const shown = this.#rewriter.rewrite(message);
      const texts = (): (string | null)[] => this.#texts(this.#valuesOf(bodyOf(shown)));
      return { message: shown, maskedCells: this.#maskedColumns, texts };
    }
    const suspicious = this.#detection !== null && (this.readsEveryRow || this.#detection.suspects(body));
    if (!suspicious && !this.readsEveryRow)
      return { message, maskedCells: 0, texts: () => this.#texts(this.#valuesOf(body)) };
    let maskedCells = 0;
    let changed = false;
    const shown = this.#valuesOf(body).map((value, index) => {
      const column = this.#columns[index];
      if (column === undefined) return value;
      if (column.mask !== null) {
        maskedCells += 1;
        changed = true;
        return maskValue(value, column, column.mask);
      }
      if (value === null || this.#detection === null) return value;
      const { typeOid } = column.column;
      const detected = maskCell(value, { typeOid, format: column.format }, this.#detection);
      if (detected === null) return value;
      maskedCells += 1;
      changed = true;
      return detected.value;
    });
    return {
      message: changed ? encodeDataRow(shown) : message,
      maskedCells,
      texts: () => this.#texts(shown),
    };
  }

  #valuesOf(body: Buffer): (Buffer | null)[] {
    const values = parseDataRow(body);
    if (values.length === this.#columns.length) return values;
    throw violation('A row has other columns than its description');
  }

  #texts(values: readonly (Buffer | null)[]): (string | null)[] {
    return values.map((value, index) => {
      const shown = this.#columns[index];
      if (value === null || shown === undefined) return null;
      return textOf(value, { typeOid: shown.column.typeOid, format: shown.format });
    });
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
  readonly detection: Detection | null;
  readonly readsMasked: boolean;
}): ResultView {
  const { masks, formats, readsMasked: statementReadsMasked } = options;
  const shown = options.columns.map((column, index) => {
    const { tableOid, attributeNumber: attnum } = column;
    const mask = masks === null ? null : maskOf(masks, { tableOid, attnum, statementReadsMasked });
    return { column, format: formats[index] ?? 0, mask };
  });
  return new ResultView(shown, options.detection);
}

/** A redacted value looks the same whatever it was; with NULL values stay NULL. */
function replacementOf(shown: ShownColumn): Replacement | null {
  const { mask } = shown;
  if (mask === null) return null;
  if (mask === 'null') return { always: null };
  if (mask === 'redact') return { always: maskValue(NOTHING, shown, mask) };
  return { of: (value) => maskValue(value, shown, mask) };
}

/** The mask's text in the form that the column's type has on the wire; NULL where it has none. */
function maskValue(value: Buffer | null, shown: ShownColumn, mask: AppliedMask): Buffer | null {
  const { column, format } = shown;
  const { typeOid } = column;
  const masked = applyMask(mask, value === null ? null : textOf(value, { typeOid, format }));
  if (masked === null) return null;
  if (typeOid === JSON_TYPE || (typeOid === JSONB_TYPE && format === 0))
    return Buffer.from(JSON.stringify(masked));
  if (typeOid === JSONB_TYPE) return Buffer.concat([JSONB_VERSION, Buffer.from(JSON.stringify(masked))]);
  if (format === 0 || TEXT_TYPES.has(typeOid)) return Buffer.from(masked, 'utf8');
  return null;
}
