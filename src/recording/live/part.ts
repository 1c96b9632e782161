/** What those who watch a session are told of its recording, in the masked view and short enough to look at. */
import type { RecordingEvent, SessionFacts } from '../events.ts';
import { CastEvents } from '../exporters/cast-events.ts';
import { type TimelineEntry, type TimelineFile, TimelineFold } from '../timeline.ts';

/** What a terminal showed, what has to be marked in it, its new size (`80x24`). */
export type ScreenItem = readonly [code: 'o' | 'm' | 'r', data: string];

/** A part of a recording, of consecutive events. Also what the HTTP API streams. */
export interface LivePart {
  /** Of the recording's events the first and the last of this part; they count from 1. */
  readonly from: number;
  readonly to: number;
  /** Of the last event: milliseconds since the session began. */
  readonly atMs: number;
  /** What is new or has changed, each once, as it is now. */
  readonly entries: readonly TimelineEntry[];
  readonly files: readonly TimelineFile[];
  /** Of a session with a host, in order. */
  readonly screen: readonly ScreenItem[];
  /** The session has ended: nothing follows. */
  readonly ended: boolean;
}

const TEXT_CHARACTERS_MAX = 16_000;
const VALUE_CHARACTERS_MAX = 1_000;
const VALUES_MAX = 100;
const ROWS_MAX = 20;
/** Statements that can still change: a pipeline can be long. */
const OPEN_MAX = 1_000;
/** Of a part. */
const ITEMS_MAX = 200;
const SCREEN_CHARACTERS_MAX = 65_536;

/** Of one recording, for its events in order. */
export class LiveParts {
  readonly #timeline = new TimelineFold(ROWS_MAX, OPEN_MAX);
  readonly #cast = new CastEvents(null);
  #ofHost = false;
  #hasSize = false;
  #events = 0;
  #from = 1;
  #atMs = 0;
  #entries = new Map<number, TimelineEntry>();
  #files: TimelineFile[] = [];
  #screen: ScreenItem[] = [];
  #characters = 0;
  #ended = false;

  /** Of the beginning of the recording; null before that. */
  facts: SessionFacts | null = null;

  take(event: RecordingEvent): void {
    this.#events += 1;
    this.#atMs = event.atMs;
    if (event.type === 'start') {
      this.facts = event.facts;
      this.#ofHost = event.facts.resourceKind === 'ssh';
    }
    if (event.type === 'end') this.#ended = true;
    const folded = this.#timeline.take(event);
    if (folded?.entry !== undefined) this.#entries.set(folded.entry.statement, folded.entry);
    if (folded?.file !== undefined) this.#files.push(folded.file);
    if (this.#ofHost) this.#show(event);
  }

  /** It is time to tell. */
  get isFull(): boolean {
    return this.#entries.size + this.#files.length >= ITEMS_MAX || this.#characters >= SCREEN_CHARACTERS_MAX;
  }

  /** @returns what was taken since the last time; null for nothing */
  tell(): LivePart | null {
    if (this.#events < this.#from) return null;
    const part: LivePart = {
      from: this.#from,
      to: this.#events,
      atMs: this.#atMs,
      entries: [...this.#entries.values()].map(shortened),
      files: this.#files,
      screen: this.#screen,
      ended: this.#ended,
    };
    this.#from = this.#events + 1;
    this.#entries = new Map();
    this.#files = [];
    this.#screen = [];
    this.#characters = 0;
    return part;
  }

  #show(event: RecordingEvent): void {
    if (event.type === 'channel' && event.terminal !== null && !this.#hasSize) {
      this.#hasSize = true;
      this.#screen.push(['r', `${event.terminal.columns}x${event.terminal.rows}`]);
    }
    for (const [, code, data] of this.#cast.of(event)) {
      if (code !== 'o' && code !== 'm' && code !== 'r') continue;
      this.#characters += data.length;
      const last = this.#screen.at(-1);
      if (code === 'o' && last?.[0] === 'o') this.#screen[this.#screen.length - 1] = ['o', last[1] + data];
      else this.#screen.push([code, data]);
    }
  }
}

/** A copy: the entry goes on changing. */
function shortened(entry: TimelineEntry): TimelineEntry {
  return {
    ...entry,
    text: cut(entry.text, TEXT_CHARACTERS_MAX),
    parameters: entry.parameters.slice(0, VALUES_MAX).map(cutValue),
    columns: entry.columns.slice(0, VALUES_MAX),
    firstRows: entry.firstRows.map((row) => row.slice(0, VALUES_MAX).map(cutValue)),
  };
}

function cutValue(value: string | null): string | null {
  return value === null ? null : cut(value, VALUE_CHARACTERS_MAX);
}

function cut(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  return `${text.slice(0, charactersMax).toWellFormed()}… (${text.length - charactersMax} more characters)`;
}
