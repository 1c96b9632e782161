/** What was done in a session, for a search: its statements, commands and file operations, folded from its events. */
import { EFFECTS, type Effect, operationOf } from '../core/statement.ts';
import type { Verdict } from '../core/verdict.ts';
import type { RecordingEvent } from './events.ts';

export interface RecordedWork {
  /** Counts from 1 in the order of the recording. */
  readonly ordinal: number;
  /** `guess`: a line of a raw terminal that was probably run. */
  readonly kind: 'statement' | 'command' | 'guess';
  /** Null for a guess. */
  readonly statement: number | null;
  readonly atMs: number;
  readonly text: string;
  readonly parameters: readonly (string | null)[];
  readonly relations: readonly { readonly schema: string | null; readonly name: string }[];
  /** As they were named, from `/` where that is known. */
  readonly files: readonly string[];
  readonly action: Verdict['action'] | null;
  readonly rule: string | null;
  readonly operation: Effect | null;
  /** More is riskier; one that was denied is riskier than the same one that ran. */
  readonly risk: number;
  /** By the policy, or by who decided about its hold. */
  readonly denied: boolean;
  readonly held: boolean;
  readonly masked: boolean;
  /** The target answered with an error, or a command with a status that says so. */
  readonly failed: boolean;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type StatementEvent = Extract<RecordingEvent, { readonly type: 'statement' }>;
type OutcomeEvent = Extract<RecordingEvent, { readonly type: 'outcome' }>;

/** Statements whose answers have not come: a pipeline can be long. */
const OPEN_MAX = 1_000;
const GUESS = /^advisory: (?!a full-screen program;|the full-screen program has ended)(.+)$/s;

/** Of one recording, for its events in order. */
export class WorkFold {
  readonly #open = new Map<number, Mutable<RecordedWork>>();
  #ordinals = 0;
  #kind: RecordedWork['kind'] = 'statement';

  /** @returns what is new or has changed by this event; null where nothing has */
  take(event: RecordingEvent): RecordedWork | null {
    switch (event.type) {
      case 'start':
        this.#kind = event.facts.resourceKind === 'ssh' ? 'command' : 'statement';
        return null;
      case 'statement':
        return this.#begin(event);
      case 'mark':
        return this.#guess(event);
      case 'hold':
        return this.#change(event.statement, (work) => {
          work.held = true;
          if (event.state === 'denied' || event.state === 'expired') deny(work);
        });
      case 'file':
        return this.#change(event.statement, (work) => {
          if (!work.files.includes(event.path)) work.files = [...work.files, event.path];
        });
      case 'outcome':
        return this.#finish(event);
      default:
        return null;
    }
  }

  /** What is prepared and allowed is found where it is executed. */
  #begin(event: StatementEvent): RecordedWork | null {
    if (event.protocol === 'prepare' && event.verdict.action !== 'deny') return null;
    const work = workOf(event, { ordinal: ++this.#ordinals, kind: this.#kind });
    this.#open.set(event.statement, work);
    const [oldest] = this.#open.keys();
    if (this.#open.size > OPEN_MAX && oldest !== undefined) this.#open.delete(oldest);
    return work;
  }

  #guess({ atMs, label }: Extract<RecordingEvent, { readonly type: 'mark' }>): RecordedWork | null {
    const text = GUESS.exec(label)?.[1];
    if (text === undefined) return null;
    return {
      ordinal: ++this.#ordinals,
      kind: 'guess',
      statement: null,
      atMs,
      text,
      parameters: [],
      relations: [],
      files: [],
      action: null,
      rule: null,
      operation: null,
      risk: riskOf('run'),
      denied: false,
      held: false,
      masked: false,
      failed: false,
    };
  }

  #change(statement: number, change: (work: Mutable<RecordedWork>) => void): RecordedWork | null {
    const work = this.#open.get(statement);
    if (work === undefined) return null;
    change(work);
    return work;
  }

  /** A file's digest comes behind the outcome of its operation: the last statements stay open. */
  #finish(outcome: OutcomeEvent): RecordedWork | null {
    const work = this.#open.get(outcome.statement);
    if (work === undefined) return null;
    if (work.kind === 'statement') this.#open.delete(outcome.statement);
    const masked = work.masked || outcome.maskedCells > 0;
    const failed = work.failed || isFailure(outcome);
    if (masked === work.masked && failed === work.failed) return null;
    work.masked = masked;
    work.failed = failed;
    return work;
  }
}

/** An error of the target, or a command that says by its status that it did not work. */
export function isFailure({ tags, error }: Pick<OutcomeEvent, 'tags' | 'error'>): boolean {
  return error !== null || tags.some((tag) => /^(?:exit (?!0$)|signal )/.test(tag));
}

function workOf(
  event: StatementEvent,
  { ordinal, kind }: Pick<RecordedWork, 'ordinal' | 'kind'>,
): Mutable<RecordedWork> {
  const { statement, atMs, text, parameters, analysis, verdict } = event;
  const operation = operationOf(analysis.flatMap(({ effects }) => effects));
  const relations = new Map(
    analysis.flatMap((one) =>
      one.relations.map(({ schema, name }) => [`${schema}.${name}`, { schema, name }]),
    ),
  );
  const work: Mutable<RecordedWork> = {
    ordinal,
    kind,
    statement,
    atMs,
    text,
    parameters,
    relations: [...relations.values()],
    files: [...new Set(analysis.flatMap(pathsOf))],
    action: verdict.action,
    rule: verdict.rule,
    operation,
    risk: riskOf(operation),
    denied: false,
    held: false,
    masked: false,
    failed: false,
  };
  if (verdict.action === 'deny') deny(work);
  return work;
}

/** Commands name files; of a database's statements nothing is known about them. */
function pathsOf(one: object): string[] {
  if (!('paths' in one) || !Array.isArray(one.paths)) return [];
  return one.paths.flatMap((use: unknown) =>
    typeof use === 'object' && use !== null && 'path' in use && typeof use.path === 'string'
      ? [use.path]
      : [],
  );
}

function deny(work: Mutable<RecordedWork>): void {
  if (!work.denied) work.risk += 1;
  work.denied = true;
}

function riskOf(operation: Effect): number {
  return EFFECTS.indexOf(operation) * 2;
}
