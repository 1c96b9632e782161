/** One execution of a statement while it runs: what its outcome and its recorded sample are made of. */
import type { Effect } from '../../core/statement.ts';
import type { RecordedColumn } from '../../recording/events.ts';
import type { StatementEgress } from '../egress.ts';
import type { Gate, Judged, Outcome } from '../gate.ts';
import { writesHeaderLine } from './copy-rows.ts';
import { cursorsMoved } from './cursors-moved.ts';
import type { Exposure } from './exposure.ts';
import type { ResultView } from './result-view.ts';
import type { SqlInspection } from './sql-judge.ts';

const TAGS_MAX = 100;
/** A sample is for reading, not for carrying data out: cells and samples have a size. */
const CELL_CHARACTERS_MAX = 2_000;
const SAMPLE_CHARACTERS_MAX = 256_000;

export class StatementRun {
  readonly judged: Judged<SqlInspection>;
  readonly exposure: Exposure;
  readonly copiesIn: boolean;
  /** What its results are counted against; null when nothing limits them. */
  readonly egress: StatementEgress | null;
  readonly #gate: Gate<SqlInspection>;
  readonly #rowsMax: number;
  readonly #startedAtMs: number;
  readonly #monotonic: () => number;
  readonly #tags: string[] = [];
  #cursors: (string | null)[] | null = null;
  #columns: readonly RecordedColumn[] = [];
  #sample: (string | null)[][] = [];
  #sampledRows = 0;
  #sampledCharacters = 0;
  #error: Outcome['error'] = null;
  #over = false;
  /** How the rows that follow look; null until it is known. */
  view: ResultView | null = null;
  rows = 0;
  maskedCells = 0;

  constructor(options: {
    readonly judged: Judged<SqlInspection>;
    readonly exposure: Exposure;
    readonly egress: StatementEgress | null;
    readonly gate: Gate<SqlInspection>;
    readonly rowsMax: number;
    readonly monotonic: () => number;
  }) {
    this.judged = options.judged;
    this.exposure = options.exposure;
    this.egress = options.egress;
    this.#gate = options.gate;
    this.#rowsMax = options.rowsMax;
    this.#monotonic = options.monotonic;
    this.#startedAtMs = options.monotonic();
    this.copiesIn = this.#has('copy-in');
  }

  /** Judged as a copy out: nothing masked flows into it. */
  get copiesOut(): boolean {
    return this.#has('copy-out');
  }

  /** A copy out begins with a line that is no row. */
  get copiesHeader(): boolean {
    return writesHeaderLine(this.judged.found?.statements ?? []);
  }

  /** The cursors that it has yet to declare or close, see `cursorsMoved`. */
  get cursors(): (string | null)[] {
    this.#cursors ??= cursorsMoved(this.judged.found);
    return this.#cursors;
  }

  /** True while another row would still be recorded. */
  get samples(): boolean {
    return this.#sampledRows < this.#rowsMax && this.#sampledCharacters < SAMPLE_CHARACTERS_MAX;
  }

  /** A new result begins; a text of several statements has several. */
  beginResult(view: ResultView | null, columns: readonly RecordedColumn[]): void {
    this.#noteSample();
    this.view = view;
    this.#columns = columns;
  }

  /** @param values in the masked view */
  sample(values: readonly (string | null)[]): void {
    const cells: (string | null)[] = [];
    for (const value of values) {
      const cell = shorten(value);
      cells.push(cell);
      this.#sampledCharacters += cell?.length ?? 0;
    }
    this.#sampledRows += 1;
    this.#sample.push(cells);
  }

  tag(tag: string): void {
    this.#noteSample();
    if (this.#tags.length < TAGS_MAX) this.#tags.push(tag);
  }

  /** The first error stands. */
  fail(error: NonNullable<Outcome['error']>): void {
    this.#error ??= error;
  }

  /** Records what came of it; a second call does nothing. */
  finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#noteSample();
    this.#gate.complete(this.judged, {
      durationMs: Math.round((this.#monotonic() - this.#startedAtMs) * 1_000) / 1_000,
      tags: this.#tags,
      rows: this.rows,
      maskedCells: this.maskedCells,
      error: this.#error,
    });
  }

  #has(effect: Effect): boolean {
    return this.judged.found?.analysis.some(({ effects }) => effects.includes(effect)) ?? false;
  }

  #noteSample(): void {
    if (this.#sample.length === 0) return;
    this.#gate.note(this.judged, { columns: this.#columns, rows: this.#sample });
    this.#sample = [];
  }
}

function shorten(cell: string | null): string | null {
  if (cell === null || cell.length <= CELL_CHARACTERS_MAX) return cell;
  return `${cell.slice(0, CELL_CHARACTERS_MAX)}… (${cell.length} characters)`;
}
