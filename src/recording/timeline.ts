/** A recording as the session page shows it: one entry for each statement, with what became of it. */
import type { HoldScope, HoldState } from '../core/hold.ts';
import { EFFECTS, type Effect, operationOf } from '../core/statement.ts';
import type { Verdict } from '../core/verdict.ts';
import type { RecordedColumn, RecordingEvent } from './events.ts';
import { type RecordingEvents, withTrailer } from './reader.ts';

/** What became of a statement that people had to agree to first. */
export interface TimelineHold {
  readonly id: string;
  readonly state: HoldState;
  readonly scope: HoldScope | null;
  /** Who decided; empty unless people did. */
  readonly by: readonly { readonly id: string; readonly name: string }[];
  readonly note: string | null;
  /** Milliseconds from being held to being decided; null while it is held, or where the recording ends. */
  readonly waitedMs: number | null;
}

/** Also what the HTTP API answers with. */
export interface TimelineEntry {
  readonly statement: number;
  /** ISO 8601. */
  readonly at: string;
  readonly atMs: number;
  readonly text: string;
  readonly protocol: 'simple' | 'prepare' | 'execute';
  readonly parameters: readonly (string | null)[];
  readonly action: Verdict['action'];
  readonly rule: string | null;
  readonly reason: string;
  /** Null for a statement that was not held. */
  readonly hold: TimelineHold | null;
  readonly operation: Effect;
  readonly effects: readonly Effect[];
  /** `schema.name`, or `name` where the text names no schema. */
  readonly relations: readonly string[];
  /** Null while it runs, or when it was denied or the recording ends before the answer. */
  readonly durationMs: number | null;
  readonly tags: readonly string[];
  readonly rows: number;
  readonly maskedCells: number;
  readonly error: { readonly sqlState: string; readonly message: string } | null;
  readonly columns: readonly RecordedColumn[];
  /** The first recorded rows, in the masked view. */
  readonly firstRows: readonly (readonly (string | null)[])[];
  /** What a command of a host printed first, in the masked view, as a terminal would get it; empty for others. */
  readonly firstOutput: string;
}

/** A file that went through a session with a host. */
export interface TimelineFile {
  readonly statement: number;
  /** ISO 8601. */
  readonly at: string;
  readonly direction: 'download' | 'upload';
  /** From `/`. */
  readonly path: string;
  readonly bytes: number;
  /** Hex; null when the bytes did not go through in order, or not all of them. */
  readonly sha256: string | null;
  readonly complete: boolean;
}

export interface Timeline {
  readonly entries: readonly TimelineEntry[];
  /** False while the session lives, and when the recording ends too early or is damaged. */
  readonly complete: boolean;
  /** Statements that are in the recording but not among the entries. */
  readonly omitted: number;
  /** Of a host; as many as there may be entries. */
  readonly files: readonly TimelineFile[];
}

const FIRST_ROWS = 20;
const ENTRIES_MAX = 5_000;
const FIRST_OUTPUT_CHARACTERS = 4_000;

type EventOf<Type extends RecordingEvent['type']> = Extract<RecordingEvent, { readonly type: Type }>;
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * Folds the events of one recording.
 * @param input.firstRows how many rows of each statement to keep (20)
 * @param input.entriesMax how many statements to keep, from the first (5,000); the rest is counted
 */
export async function buildTimeline(input: {
  events: RecordingEvents;
  firstRows?: number;
  entriesMax?: number;
}): Promise<Timeline> {
  const { events, firstRows, entriesMax = ENTRIES_MAX } = input;
  const fold = new TimelineFold(firstRows);
  const entries = new Map<number, TimelineEntry>();
  const files: TimelineFile[] = [];
  let omitted = 0;
  let complete = false;
  for await (const item of withTrailer(events)) {
    if (item.type === 'recording') {
      complete = item.complete;
      continue;
    }
    const isOmitted = item.type === 'statement' && entries.size >= entriesMax;
    if (isOmitted) omitted += 1;
    const folded = isOmitted ? null : fold.take(item);
    if (folded?.entry !== undefined) entries.set(folded.entry.statement, folded.entry);
    if (folded?.file !== undefined && files.length < entriesMax) files.push(folded.file);
  }
  return { entries: [...entries.values()], complete, omitted, files };
}

/** What an event added: an entry that is new or has changed, and changes further; or a file. */
export type Folded =
  | { readonly entry: TimelineEntry; readonly file?: never }
  | { readonly file: TimelineFile; readonly entry?: never };

/** Of one recording, for its events in order. */
export class TimelineFold {
  readonly #entries = new Map<number, Mutable<TimelineEntry>>();
  readonly #firstRows: number;
  readonly #knownMax: number;
  #startedAtMs = 0;

  /**
   * @param firstRows how many rows of each statement to keep
   * @param knownMax statements that can still change; what is told of others is left out
   */
  constructor(firstRows = FIRST_ROWS, knownMax = Number.POSITIVE_INFINITY) {
    this.#firstRows = firstRows;
    this.#knownMax = knownMax;
  }

  take(event: RecordingEvent): Folded | null {
    switch (event.type) {
      case 'start':
        this.#startedAtMs = Date.parse(event.facts.startedAt);
        return null;
      case 'statement':
        return { entry: this.#begin(event) };
      case 'hold':
        return this.#change(event.statement, (entry) => addHold(entry, event));
      case 'rows':
        return this.#change(event.statement, (entry) =>
          addRows(entry, { event, firstRows: this.#firstRows }),
        );
      case 'outcome':
        return this.#change(event.statement, (entry) => addOutcome(entry, event));
      case 'output':
        return event.statement === null
          ? null
          : this.#change(event.statement, (entry) => addOutput(entry, event));
      case 'file':
        return { file: fileOf(event, this.#startedAtMs) };
      case 'policy':
      case 'channel':
      case 'input':
      case 'resize':
      case 'mark':
      case 'channel-end':
      case 'end':
        return null;
    }
  }

  #begin(event: EventOf<'statement'>): TimelineEntry {
    const entry = entryOf(event, this.#startedAtMs);
    this.#entries.set(event.statement, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#knownMax && oldest !== undefined) this.#entries.delete(oldest);
    return entry;
  }

  /** @param change false when it changed nothing */
  #change(statement: number, change: (entry: Mutable<TimelineEntry>) => boolean): Folded | null {
    const entry = this.#entries.get(statement);
    return entry === undefined || !change(entry) ? null : { entry };
  }
}

function entryOf(event: EventOf<'statement'>, startedAtMs: number): Mutable<TimelineEntry> {
  const effects = EFFECTS.filter((effect) => event.analysis.some((one) => one.effects.includes(effect)));
  const relations = event.analysis.flatMap((one) =>
    one.relations.map(({ schema, name }) => (schema === null ? name : `${schema}.${name}`)),
  );
  return {
    statement: event.statement,
    at: new Date(startedAtMs + event.atMs).toISOString(),
    atMs: event.atMs,
    text: event.text,
    protocol: event.protocol,
    parameters: event.parameters,
    action: event.verdict.action,
    rule: event.verdict.rule,
    reason: event.verdict.reason,
    hold: null,
    operation: operationOf(effects),
    effects,
    relations: [...new Set(relations)],
    durationMs: null,
    tags: [],
    rows: 0,
    maskedCells: 0,
    error: null,
    columns: [],
    firstRows: [],
    firstOutput: '',
  };
}

function addHold(entry: Mutable<TimelineEntry>, event: EventOf<'hold'>): boolean {
  const { hold: id, state, scope, by, note } = event;
  // Its statement is written right before it is held.
  const waitedMs = state === 'held' ? null : Math.max(0, event.atMs - entry.atMs);
  entry.hold = { id, state, scope, by, note, waitedMs };
  return true;
}

/** Of several results in one text the first is shown; the export has them all. */
function addRows(
  entry: Mutable<TimelineEntry>,
  input: { event: EventOf<'rows'>; firstRows: number },
): boolean {
  const { event, firstRows } = input;
  if (entry.columns.length === 0) entry.columns = event.columns;
  if (!sameColumns(entry.columns, event.columns) || entry.firstRows.length >= firstRows) return false;
  entry.firstRows = [...entry.firstRows, ...event.rows.slice(0, firstRows - entry.firstRows.length)];
  return true;
}

function addOutput(entry: Mutable<TimelineEntry>, event: EventOf<'output'>): boolean {
  if (entry.firstOutput.length >= FIRST_OUTPUT_CHARACTERS) return false;
  entry.firstOutput += event.text.slice(0, FIRST_OUTPUT_CHARACTERS - entry.firstOutput.length);
  return true;
}

function fileOf(event: EventOf<'file'>, startedAtMs: number): TimelineFile {
  const { statement, direction, path, bytes, sha256, complete } = event;
  const at = new Date(startedAtMs + event.atMs).toISOString();
  return { statement, at, direction, path, bytes, sha256, complete };
}

function addOutcome(entry: Mutable<TimelineEntry>, event: EventOf<'outcome'>): boolean {
  entry.durationMs = event.durationMs;
  entry.tags = event.tags;
  entry.rows = event.rows;
  entry.maskedCells = event.maskedCells;
  entry.error = event.error;
  return true;
}

function sameColumns(first: readonly RecordedColumn[], second: readonly RecordedColumn[]): boolean {
  return (
    first.length === second.length && first.every((column, index) => column.name === second[index]?.name)
  );
}
