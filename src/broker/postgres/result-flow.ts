/**
 * What a target returns on its way to the client: rows, lines of a copy, results of functions. They are counted
 * against the limits, masked, sampled for the recording, and passed on. What needs no look passes as it came.
 */
import type { EgressStop, StatementEgress } from '../egress.ts';
import { ChunkClues } from './chunk-clues.ts';
import { bodyOf, type Treatment } from './codec/framer.ts';
import { formatOf } from './codec/frontend-extended.ts';
import { REWRITTEN_ROW_BYTES_MAX } from './codec/limits.ts';
import { type Column, parseDataRow } from './codec/rows.ts';
import { violation } from './codec/violation.ts';
import { CopyRows } from './copy-rows.ts';
import { HEX_MARK, maskCopyData, maskFunctionResult } from './detected-messages.ts';
import type { Expected, Portal } from './exchange.ts';
import type { RelayContext } from './relay-context.ts';
import { createResultView, ResultView } from './result-view.ts';
import type { StatementRun } from './statement-run.ts';

/** Larger rows pass by without being sampled. */
const SAMPLED_ROW_BYTES_MAX = 262_144;
const HEADER_BYTES = 5;

export interface FlowOutput {
  /** To the client, with the next send. */
  send(bytes: Buffer): void;
  /** Nothing more of the target is read until `ready` has resolved and `goOn` has run. */
  wait(ready: Promise<void>, goOn: () => void): void;
  /** Nothing more of the target is read at all: a limit is reached. */
  stop(stop: EgressStop): void;
}

/** Something on its way: what it counts as, and what is noted when it has passed. */
interface Passing {
  readonly message: Buffer;
  readonly rows: number;
  readonly maskedCells: number;
  readonly texts: (() => readonly (string | null)[]) | null;
}

export class ResultFlow {
  readonly #context: RelayContext;
  readonly #output: FlowOutput;
  readonly #clues: ChunkClues | null;
  #copy = new CopyRows();
  #lastView: {
    readonly columns: readonly Column[];
    readonly formats: readonly number[] | null;
    readonly view: ResultView;
  } | null = null;
  #rows = 0;
  #maskedCells = 0;

  constructor(context: RelayContext, output: FlowOutput) {
    this.#context = context;
    this.#output = output;
    this.#clues = context.detection === null ? null : new ChunkClues(context.detection.detectors);
  }

  /** Call it with each chunk of the target before it is read. */
  begin(chunk: Buffer): void {
    this.#clues?.begin(chunk);
  }

  /** Call it when the chunk has been read: notes what passed. */
  end(): void {
    this.#clues?.end();
    if (this.#rows > 0 || this.#maskedCells > 0) {
      this.#context.session.count({ rows: this.#rows, maskedCells: this.#maskedCells });
    }
    this.#rows = 0;
    this.#maskedCells = 0;
  }

  /** @param formats of the values; null where the columns tell it, since they are described as they come */
  beginResult(run: StatementRun, columns: readonly Column[], formats: readonly number[] | null): void {
    const known = this.#lastView;
    const view =
      known !== null && known.columns === columns && sameFormats(known.formats, formats)
        ? known.view
        : this.#makeView(run, columns, formats);
    run.beginResult(view, view.recorded);
  }

  #makeView(run: StatementRun, columns: readonly Column[], formats: readonly number[] | null): ResultView {
    const { masks, detection } = this.#context;
    const { readsMasked } = run.exposure;
    const known = formats ?? columns.map(({ format }) => format);
    const view = createResultView({ columns, formats: known, masks, detection, readsMasked });
    // With masks the same columns can look otherwise the next time.
    if (masks === null) this.#lastView = { columns, formats, view };
    return view;
  }

  /** @param body of CopyOutResponse */
  beginCopy(run: StatementRun, body: Buffer): void {
    this.#copy = CopyRows.begin(body, run.copiesHeader);
    run.beginResult(null, [{ name: 'copy', masked: false }]);
  }

  /** How a DataRow is read, from its header. */
  treatRow(run: StatementRun, bodyBytes: number, chunkBytes: number): Treatment {
    const view = this.#viewOf(run);
    const bytes = HEADER_BYTES + bodyBytes;
    const reads = view?.readsEveryRow === true || this.#clues?.suspects({ chunkBytes, bytes }) === true;
    if (reads) return this.#wholly(bodyBytes);
    if (view !== null && run.samples && bodyBytes <= SAMPLED_ROW_BYTES_MAX) return 'whole';
    return this.#treatCounted(run, { rows: 1, bytes });
  }

  treatCopyData(run: StatementRun, bodyBytes: number, chunkBytes: number): Treatment {
    const bytes = HEADER_BYTES + bodyBytes;
    const clues = this.#clues;
    const place = { chunkBytes, bytes };
    if (clues !== null && (this.#copy.binary || clues.suspects(place) || clues.holds(HEX_MARK, place)))
      return this.#wholly(bodyBytes);
    if (run.samples && bodyBytes <= SAMPLED_ROW_BYTES_MAX) return 'whole';
    const treatment = this.#treatCounted(run, { rows: this.#copy.rowsIn(bodyBytes), bytes });
    if (treatment === 'stream') this.#copy.passed();
    return treatment;
  }

  /** What a function returned is one value; of a large object it is a piece of its content. */
  treatFunctionResult(run: StatementRun, bodyBytes: number): Treatment {
    if (this.#clues !== null) return this.#wholly(bodyBytes);
    return this.#treatCounted(run, { rows: 1, bytes: HEADER_BYTES + bodyBytes });
  }

  row(run: StatementRun, message: Buffer): void {
    const view = this.#viewOf(run) ?? this.#viewOfUnknown(message);
    if (view === null) throw violation('A row arrived whose columns are not known');
    const shown = view.show(message);
    this.#pass(run, { message: shown.message, rows: 1, maskedCells: shown.maskedCells, texts: shown.texts });
  }

  copyData(run: StatementRun, message: Buffer): void {
    const { detection } = this.#context;
    const unmasked = { message, maskedCells: 0 };
    const shown = detection === null ? unmasked : maskCopyData(message, this.#copy.binary, detection);
    const rows = this.#copy.rowsIn(bodyOf(message).length);
    this.#copy.passed();
    const texts = (): string[] => [bodyOf(shown.message).toString('utf8').replace(/\n$/, '')];
    this.#pass(run, { ...shown, rows, texts });
  }

  functionResult(run: StatementRun, message: Buffer): void {
    const { detection } = this.#context;
    const unmasked = { message, maskedCells: 0 };
    const shown = detection === null ? unmasked : maskFunctionResult(message, detection);
    this.#pass(run, { ...shown, rows: 1, texts: null });
  }

  /** What is no row but may carry data: an error, a notice, a notification. Its bytes count. */
  report(run: StatementRun | null, message: Buffer): void {
    if (run === null) this.#output.send(message);
    else this.#pass(run, { message, rows: 0, maskedCells: 0, texts: null });
  }

  #wholly(bodyBytes: number): Treatment {
    if (bodyBytes > REWRITTEN_ROW_BYTES_MAX) throw violation('A row is too large to be masked');
    return 'whole';
  }

  /** Passes what needs no look, if the limits have room for it. */
  #treatCounted(run: StatementRun, flow: { rows: number; bytes: number }): Treatment {
    const { egress } = run;
    if (egress !== null) {
      const answer = egress.take(flow);
      if (!answer.pass && answer.stop === null) return this.#wholly(flow.bytes - HEADER_BYTES);
      if (!answer.pass) {
        this.#stop(run, answer.stop);
        return 'skip';
      }
    }
    run.rows += flow.rows;
    this.#rows += flow.rows;
    return 'stream';
  }

  #pass(run: StatementRun, passing: Passing): void {
    const answer = run.egress === null ? null : this.#ask(run.egress, passing);
    if (answer === null || answer.pass) this.#passed(run, passing);
    else if (answer.stop !== null) this.#stop(run, answer.stop);
    else {
      this.#output.wait(answer.ready, () => {
        this.#pass(run, passing);
        this.end();
      });
    }
  }

  #ask(egress: StatementEgress, { rows, message }: Passing): ReturnType<StatementEgress['take']> {
    return egress.take({ rows, bytes: message.length });
  }

  #passed(run: StatementRun, { message, rows, maskedCells, texts }: Passing): void {
    run.rows += rows;
    this.#rows += rows;
    run.maskedCells += maskedCells;
    this.#maskedCells += maskedCells;
    if (texts !== null && run.samples) run.sample(texts());
    this.#output.send(message);
  }

  #stop(run: StatementRun, stop: EgressStop): void {
    const message = `Stopped by the rule ${stop.limit.rule} after ${stop.rows} rows and ${stop.bytes} bytes`;
    run.fail({ sqlState: '53400', message });
    this.#output.stop(stop);
  }

  /** Of an executed portal the columns are known from its description, or from its statement's. */
  #viewOf(run: StatementRun): ResultView | null {
    if (run.view !== null) return run.view;
    const { exchange, masks } = this.#context;
    const { head } = exchange;
    if (head?.kind !== 'execute') throw violation('A row arrived without a description');
    const portal = confirmedPortal(this.#context, head);
    const { prepared, resultFormats } = portal;
    const columns = portal.columns ?? (masks === null ? prepared.columns : null);
    if (columns === null) {
      if (masks !== null) throw violation('A row arrived whose columns are not known');
      return null;
    }
    const formats =
      portal.columns === null ? columns.map((_, index) => formatOf(resultFormats, index)) : null;
    this.beginResult(run, columns, formats);
    return run.view;
  }

  /** A row of which only the formats are known: every value is looked at as if it could be anything. */
  #viewOfUnknown(message: Buffer): ResultView | null {
    const { detection, exchange } = this.#context;
    const { head } = exchange;
    if (detection === null || head?.kind !== 'execute') return null;
    const columns = parseDataRow(bodyOf(message)).map((_, index) => ({
      column: UNKNOWN_COLUMN,
      format: formatOf(head.portal.resultFormats, index),
      mask: null,
    }));
    return new ResultView(columns, detection);
  }
}

function sameFormats(left: readonly number[] | null, right: readonly number[] | null): boolean {
  if (left === null || right === null) return left === right;
  return left.length === right.length && left.every((number, index) => number === right[index]);
}

const UNKNOWN_COLUMN: Column = {
  name: '?',
  tableOid: 0,
  attributeNumber: 0,
  typeOid: 0,
  typeSize: -1,
  typeModifier: -1,
  format: 0,
};

/** @throws AppError `invalid_input` when the portal that answers is not the one that was judged */
export function confirmedPortal(
  { exchange }: RelayContext,
  head: Extract<Expected, { kind: 'execute' }>,
): Portal {
  if (exchange.confirmed.portals.get(head.portal.name) === head.portal) return head.portal;
  throw violation('A portal is not the one that was judged; its name was used twice at once');
}
