/**
 * What a recording proves, for a report: what was run by its risk, what was changed, what was masked. Folded from the
 * events of one recording in bounded memory, however long it is.
 */
import { EFFECTS } from '../../core/statement.ts';
import type { RecordingEvent } from '../events.ts';
import { isFailure, type RecordedWork, WorkFold } from '../recorded-work.ts';
import { ChangedRows, type ChangedTables } from './changed-rows.ts';
import { type FileChange, fileChangesOf, transferOf } from './file-changes.ts';
import { type MaskedField, MaskedFields } from './masked-fields.ts';

export interface SessionEvidence {
  /** ISO 8601; null for a recording without a beginning. */
  readonly startedAt: string | null;
  /** Statements, commands and operations on files, those that were refused included. */
  readonly statements: number;
  readonly denied: number;
  readonly held: number;
  readonly failed: number;
  /** The riskiest first; a statement that only looks is not among them unless it was denied, held or masked. */
  readonly riskiest: readonly RecordedWork[];
  readonly tables: ChangedTables;
  readonly files: readonly FileChange[];
  readonly filesOmitted: number;
  readonly masked: readonly MaskedField[];
  readonly maskedCellsOmitted: number;
}

type EventOf<Type extends RecordingEvent['type']> = Extract<RecordingEvent, { readonly type: Type }>;

/** A statement whose answer has not come. */
interface Asked {
  readonly event: EventOf<'statement'>;
  readonly maskedColumns: string[];
}

const RISKIEST_MAX = 100;
const FILES_MAX = 1_000;
/** Statements whose answers have not come: a pipeline can be long. */
const OPEN_MAX = 1_000;
const COLUMNS_MAX = 50;
const TEXT_CHARACTERS_MAX = 20_000;
/** Up to here a statement is everyday work. */
const EVERYDAY_RISK = EFFECTS.indexOf('set') * 2;
const DONE = 'ok';

export class EvidenceFold {
  readonly #work = new WorkFold();
  readonly #changed = new ChangedRows();
  readonly #masked = new MaskedFields();
  readonly #files: FileChange[] = [];
  readonly #open = new Map<number, Asked>();
  readonly #told = { denied: new Set<number>(), held: new Set<number>() };
  #riskiest = new Map<number, RecordedWork>();
  #startedAt: string | null = null;
  #statements = 0;
  #denied = 0;
  #held = 0;
  #failed = 0;
  #filesOmitted = 0;

  take(event: RecordingEvent): void {
    const work = this.#work.take(event);
    if (work !== null) this.#count(work);
    switch (event.type) {
      case 'start':
        this.#startedAt = event.facts.startedAt;
        return;
      case 'statement':
        this.#begin(event);
        return;
      case 'rows':
        this.#noteColumns(event);
        return;
      case 'file':
        this.#addFile(transferOf(event));
        return;
      case 'outcome':
        this.#finish(event);
        return;
      default:
    }
  }

  /** After the last event. */
  finish(): SessionEvidence {
    this.#shorten(RISKIEST_MAX);
    const { fields, omittedCells } = this.#masked.list();
    return {
      startedAt: this.#startedAt,
      statements: this.#statements,
      denied: this.#denied,
      held: this.#held,
      failed: this.#failed,
      riskiest: [...this.#riskiest.values()],
      tables: this.#changed.finish(),
      files: this.#files,
      filesOmitted: this.#filesOmitted,
      masked: fields,
      maskedCellsOmitted: omittedCells,
    };
  }

  /** New, or not as it was when it was taken last. */
  #count(work: RecordedWork): void {
    if (work.ordinal > this.#statements) this.#statements = work.ordinal;
    if (work.denied && once(this.#told.denied, work.ordinal)) this.#denied += 1;
    if (work.held && once(this.#told.held, work.ordinal)) this.#held += 1;
    const isTold = work.denied || work.held || work.masked || work.risk > EVERYDAY_RISK;
    if (!isTold) return;
    // The fold goes on to change what it has given out; a text is kept as long as anybody shows it.
    const known = this.#riskiest.has(work.ordinal);
    const text = work.text.slice(0, TEXT_CHARACTERS_MAX);
    this.#riskiest.set(work.ordinal, { ...work, text, parameters: [] });
    if (!known && this.#riskiest.size >= RISKIEST_MAX * 2) this.#shorten(RISKIEST_MAX);
  }

  #shorten(max: number): void {
    const ranked = [...this.#riskiest.values()].toSorted(byRisk).slice(0, max);
    this.#riskiest = new Map(ranked.map((work) => [work.ordinal, work]));
  }

  #begin(event: EventOf<'statement'>): void {
    if (event.protocol === 'prepare' || event.verdict.action === 'deny') return;
    this.#open.set(event.statement, { event, maskedColumns: [] });
    const [oldest] = this.#open.keys();
    if (this.#open.size > OPEN_MAX && oldest !== undefined) this.#open.delete(oldest);
  }

  #noteColumns({ statement, columns }: EventOf<'rows'>): void {
    const known = this.#open.get(statement)?.maskedColumns;
    if (known === undefined) return;
    for (const { name, masked } of columns) {
      if (masked && known.length < COLUMNS_MAX && !known.includes(name)) known.push(name);
    }
  }

  #finish({ statement, tags, error, maskedCells }: EventOf<'outcome'>): void {
    const asked = this.#open.get(statement);
    this.#open.delete(statement);
    if (isFailure({ tags, error })) this.#failed += 1;
    if (asked === undefined) return;
    const { event, maskedColumns } = asked;
    const tables = event.analysis.flatMap(({ relations }) =>
      relations.map(({ schema, name }) => (schema === null ? name : `${schema}.${name}`)),
    );
    this.#masked.take({ columns: maskedColumns, tables, cells: maskedCells });
    if (this.#isOfHost(event)) {
      if (isDone({ tags, error })) for (const change of fileChangesOf(event)) this.#addFile(change);
    } else {
      this.#changed.take({ analysis: event.analysis, tags, failed: error !== null });
    }
  }

  #isOfHost({ analysis }: EventOf<'statement'>): boolean {
    return analysis.some((one) => 'programs' in one);
  }

  #addFile(change: FileChange): void {
    if (this.#files.length < FILES_MAX) this.#files.push(change);
    else this.#filesOmitted += 1;
  }
}

/** Of a command, or of an operation on files, whose answer is a word. */
function isDone({ tags, error }: Pick<EventOf<'outcome'>, 'tags' | 'error'>): boolean {
  return error === null && tags.every((tag) => tag === DONE || tag === 'exit 0');
}

function byRisk(one: RecordedWork, other: RecordedWork): number {
  return other.risk - one.risk || Number(other.held) - Number(one.held) || one.ordinal - other.ordinal;
}

/** One set for each session; the numbers of those that were denied are few beside their texts. */
function once(told: Set<number>, ordinal: number): boolean {
  if (told.has(ordinal)) return false;
  told.add(ordinal);
  return true;
}
