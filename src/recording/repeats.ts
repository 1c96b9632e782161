/**
 * Statements repeat themselves: what was analysed and decided once is written once, and a later statement
 * only names it. Writer and reader keep the same table, because both count the same events: the last
 * ENTRIES_MAX statements that were written in full. docs/recording-format.md, "Repeats".
 */
import type { Verdict } from '../core/verdict.ts';
import type { RecordingInput } from './events.ts';

const ENTRIES_MAX = 1_024;
/** In UTF-16 code units. Longer ones are written in full each time, so that a table stays small. */
const REPEATED_TEXT_MAX = 16_384;

type StatementEvent = Extract<RecordingInput, { readonly type: 'statement' }>;

/** What a repeat leaves out. */
export type Repeatable = Pick<StatementEvent, 'text' | 'analysis' | 'verdict'>;

/** A statement as it is written: in full, or like an earlier one, with its text only where that differs. */
export type StoredStatement = Pick<
  StatementEvent,
  'type' | 'atMs' | 'statement' | 'protocol' | 'parameters'
> & { readonly [Key in keyof Repeatable]?: Repeatable[Key] | undefined } & {
  readonly like?: number | undefined;
};

interface Written {
  readonly event: StatementEvent;
  /** How many statements had been written in full when this one was. */
  readonly ordinal: number;
}

/** The table of the one who writes: knows what was written before by the object that stands for it. */
export class RepeatWriter {
  readonly #written = new Map<object, Written>();
  #full = 0;

  /**
   * @param template the same object for statements whose analysis differs in nothing but the text, which must
   *   be a single statement's where the texts differ
   */
  store(event: StatementEvent, template: object): StoredStatement {
    const { type, atMs, statement, protocol, parameters, text, analysis, verdict } = event;
    const common = { type, atMs, statement, protocol, parameters } as const;
    const earlier = this.#written.get(template);
    if (earlier !== undefined && this.#isKept(earlier) && sameVerdict(earlier.event.verdict, verdict)) {
      const like = earlier.event.statement;
      return earlier.event.text === text ? { ...common, like } : { ...common, like, text };
    }
    this.#full += 1;
    this.#written.delete(template);
    if (text.length <= REPEATED_TEXT_MAX) this.#written.set(template, { event, ordinal: this.#full });
    forgetOldest(this.#written);
    return { ...common, text, analysis, verdict };
  }

  /** The statement was not written after all. */
  forget(template: object): void {
    this.#written.delete(template);
  }

  /** The reader forgets by the number of statements in full, so what is older must not be named. */
  #isKept({ ordinal }: Written): boolean {
    return this.#full - ordinal < ENTRIES_MAX;
  }
}

function sameVerdict(left: Verdict, right: Verdict): boolean {
  if (left === right) return true;
  if (left.action === 'review' || right.action === 'review') return false;
  return left.action === right.action && left.rule === right.rule && left.reason === right.reason;
}

/** The table of the one who reads. */
export class RepeatReader {
  readonly #read = new Map<number, Repeatable>();

  /** @returns null when the statement repeats one that is not in the table */
  restore(stored: StoredStatement): Repeatable | null {
    const { like, statement, text, analysis, verdict } = stored;
    if (like !== undefined) {
      const earlier = this.#read.get(like);
      if (earlier === undefined) return null;
      return text === undefined || text === earlier.text ? earlier : withText(earlier, text);
    }
    if (text === undefined || analysis === undefined || verdict === undefined) return null;
    const full = { text, analysis, verdict };
    if (text.length <= REPEATED_TEXT_MAX) this.#read.set(statement, full);
    forgetOldest(this.#read);
    return full;
  }
}

/** The analysis of a single statement carries its text; of several, only identical texts are repeated. */
function withText(earlier: Repeatable, text: string): Repeatable {
  const [only] = earlier.analysis;
  const analysis = only === undefined ? [] : [{ ...only, text: text.trim() }];
  return { ...earlier, text, analysis };
}

function forgetOldest(table: Map<unknown, unknown>): void {
  if (table.size <= ENTRIES_MAX) return;
  for (const oldest of table.keys()) {
    table.delete(oldest);
    return;
  }
}
