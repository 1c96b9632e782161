/**
 * The one security-critical order, for every protocol:
 *
 *   1. inspect             what would this command do?
 *   2. decide              may it?
 *   3. record the verdict  the command and the decision are in the recording
 *   4. forward             only now, and only what was allowed
 *   5. mask                what comes back, before anyone sees or records it
 *   6. record the outcome  what came of it, in the masked view
 *
 * Steps 1 to 3 happen in `judge`, for each command in the order of arrival. Step 4 is `release`: one
 * write makes every verdict since the last release durable, and only then the protocol's `forward` runs.
 * Step 5 belongs to the protocol, because only it can find a value in its frames; whatever it hands back
 * to `note` and `complete` (step 6) is masked already.
 *
 * A command whose verdict is `review` stops between 3 and 4 until people have decided: the protocol keeps its
 * bytes, `hold` records that it waits and what became of it, and only an approval leads on to `release`.
 *
 * The gate fails closed: an inspection or decision that throws denies, a session that ended or cannot be
 * confirmed denies, and a recorder that throws ends the session with nothing forwarded.
 */
import { messageOf } from '../core/errors.ts';
import type { HoldScope, HoldState } from '../core/hold.ts';
import type { StatementAnalysis } from '../core/statement.ts';
import type { Verdict } from '../core/verdict.ts';
import type { HostEvent, RecordedColumn, RecordingInput } from '../recording/events.ts';
import { isEverydayWork } from './riskiest.ts';
import type { LiveSession } from './session.ts';

/** What the gate needs of a recording; `flush` must have written everything appended when it returns. */
export interface GateRecorder {
  /** @param template stands for the analysis of a statement, see `Inspection` */
  append(event: RecordingInput, template?: object): void;
  /** Written a moment later by itself. */
  note(event: RecordingInput): void;
  flush(): void;
  /** It failed by itself, while nothing was asked of it. */
  onFailure(listener: () => void): void;
}

/** What a protocol brings: how its commands are read and judged, at once and without side effects. */
export interface Judge<Found extends Inspection> {
  inspect(text: string): Found;
  decide(found: Found): Verdict;
  /** The text with its literals taken out, for summaries. */
  normalize(text: string, found: Found | null): string;
}

export interface Inspection {
  readonly analysis: readonly StatementAnalysis[];
  readonly parseError: string | null;
  /** The same object for texts whose analysis differs in nothing but the text; left out where none does. */
  readonly template?: object;
}

export interface Command<Found extends Inspection> {
  readonly protocol: 'simple' | 'prepare' | 'execute';
  readonly text: string;
  readonly parameters: readonly (string | null)[];
  /** Set for `execute`: the text was inspected and allowed when it was prepared. */
  readonly prepared: Judged<Found> | null;
  /** Set when the text was inspected elsewhere, because it is large. */
  readonly inspected?: Found | null;
  /** Set for what the broker asks by itself for somebody who types: in the recording, and none of their commands. */
  readonly isLookUp?: true;
  /** Set when the command cannot even be read (too large, not UTF-8): it is denied with this. */
  readonly refusal: { readonly rule: string; readonly reason: string } | null;
}

export interface Judged<Found extends Inspection> {
  /** Counts from 1 within the session. */
  readonly statement: number;
  readonly verdict: Verdict;
  /** Null when the command could not be read or inspected; it is denied then. */
  readonly found: Found | null;
}

/** What the later steps need of a judged command. */
export type StatementNumber = Pick<Judged<Inspection>, 'statement'>;

/** What came of a statement; rows are counted for it as they pass. */
export interface Outcome {
  readonly durationMs: number;
  readonly tags: readonly string[];
  readonly rows: number;
  readonly maskedCells: number;
  readonly error: { readonly sqlState: string; readonly message: string } | null;
}

/** What became of a command that waits for approval, as people see it. */
export interface HoldNote {
  /** `h-…`. */
  readonly id: string;
  readonly state: HoldState;
  readonly scope: HoldScope | null;
  readonly by: readonly { readonly id: string; readonly name: string }[];
  readonly note: string | null;
}

export interface ResultSample {
  readonly columns: readonly RecordedColumn[];
  readonly rows: readonly (readonly (string | null)[])[];
}

export class Gate<Found extends Inspection> {
  readonly #session: LiveSession;
  readonly #recorder: GateRecorder;
  readonly #judge: Judge<Found>;
  readonly #now: () => Date;
  #statements = 0;
  /** Set when nothing may be written any more: the recorder failed, or the last event is in. */
  #closed = false;

  constructor(options: {
    readonly session: LiveSession;
    readonly recorder: GateRecorder;
    readonly judge: Judge<Found>;
    readonly now: () => Date;
  }) {
    this.#session = options.session;
    this.#recorder = options.recorder;
    this.#judge = options.judge;
    this.#now = options.now;
    this.#recorder.onFailure(() => this.#fail());
  }

  /** Steps 1 to 3. Forward nothing of the command before `release`, and nothing at all when denied. */
  judge(command: Command<Found>): Judged<Found> {
    const found = this.#inspect(command); // 1. inspect
    const verdict = this.#decide(command, found); // 2. decide
    const judged = { statement: ++this.#statements, verdict, found };
    this.#recordVerdict(command, judged); // 3. record the verdict
    return judged;
  }

  /** Another version of the policy is in force: it decides what is judged from now on. */
  notePolicy(version: string): void {
    this.#append({ type: 'policy', atMs: this.#session.ageMs, version });
  }

  /** Between steps 3 and 4 of a command under review: it waits, or people have decided. */
  hold(judged: StatementNumber, { id, ...hold }: HoldNote): void {
    const denied = hold.state === 'denied' || hold.state === 'expired';
    if (hold.state === 'held' || denied)
      this.#session.count({ held: denied ? 0 : 1, denied: denied ? 1 : 0 });
    this.#append({
      type: 'hold',
      atMs: this.#session.ageMs,
      statement: judged.statement,
      hold: id,
      ...hold,
    });
  }

  /**
   * Step 4. Writes every verdict since the last release, then runs `forward`.
   * Ends the session instead when the recording cannot be written.
   */
  release(forward: () => void): void {
    if (this.#session.ended !== null || !this.#flush()) return;
    forward(); // 4. forward
  }

  /** Step 6, in part: a sample of a result, masked in step 5. */
  note(judged: StatementNumber, sample: ResultSample): void {
    const { columns, rows } = sample;
    this.#note({ type: 'rows', atMs: this.#session.ageMs, statement: judged.statement, columns, rows });
  }

  /** A channel was opened, and what went through it, masked in step 5, in its order. */
  noteChannel(event: HostEvent): void {
    if (event.type === 'channel') this.#append(event);
    else this.#note(event);
  }

  /** Step 6: what came of the statement. */
  complete(judged: StatementNumber, outcome: Outcome): void {
    const { durationMs, tags, rows, maskedCells, error } = outcome;
    const { statement } = judged;
    const { ageMs: atMs } = this.#session;
    this.#note({ type: 'outcome', atMs, statement, durationMs, tags, rows, maskedCells, error });
  }

  /** The last event; afterwards the recording is the caller's to close. */
  finish(): void {
    const { counts, ended, ageMs } = this.#session;
    this.#append({ type: 'end', atMs: ageMs, reason: ended ?? 'client-closed', counts });
    this.#closed = true;
  }

  #inspect(command: Command<Found>): Found | null {
    if (command.refusal !== null) return null;
    if (command.prepared !== null) return command.prepared.found;
    if (command.inspected != null) return command.inspected;
    try {
      return this.#judge.inspect(command.text);
    } catch {
      return null;
    }
  }

  #decide(command: Command<Found>, found: Found | null): Verdict {
    const obstacle = this.#session.obstacle() ?? command.refusal;
    if (obstacle !== null) return { action: 'deny', ...obstacle };
    if (found === null)
      return { action: 'deny', rule: 'not-inspected', reason: 'This command could not be inspected.' };
    if (command.prepared !== null) return command.prepared.verdict;
    try {
      return this.#judge.decide(found);
    } catch (error) {
      return {
        action: 'deny',
        rule: 'policy-error',
        reason: `The policy could not be evaluated: ${messageOf(error)}`,
      };
    }
  }

  #recordVerdict(command: Command<Found>, judged: Judged<Found>): void {
    const { text, protocol, parameters } = command;
    const { statement, found, verdict } = judged;
    const analysis = found?.analysis ?? [];
    const denied = verdict.action === 'deny';
    this.#append(
      {
        type: 'statement',
        atMs: this.#session.ageMs,
        statement,
        text,
        protocol,
        parameters,
        analysis,
        verdict,
      },
      found?.template,
    );
    // A prepared statement counts when it is executed, or when it was refused.
    if (command.isLookUp !== true && (protocol !== 'prepare' || denied))
      this.#session.count({ commands: 1, denied: denied ? 1 : 0 });
    if (!denied && (protocol === 'prepare' || isEverydayWork(analysis))) return;
    this.#session.riskiest.consider({
      now: this.#now,
      text,
      analysis,
      verdict,
      normalize: (raw) =>
        command.refusal === null ? this.#judge.normalize(raw, found) : `(${command.refusal.rule})`,
    });
  }

  #append(event: RecordingInput, template?: object): void {
    if (this.#closed) return;
    try {
      this.#recorder.append(event, template);
    } catch {
      this.#fail();
    }
  }

  #note(event: RecordingInput): void {
    if (this.#closed) return;
    try {
      this.#recorder.note(event);
    } catch {
      this.#fail();
    }
  }

  #flush(): boolean {
    if (this.#closed) return false;
    try {
      this.#recorder.flush();
      return true;
    } catch {
      this.#fail();
      return false;
    }
  }

  /** Record before act: without a recording the session cannot go on. */
  #fail(): void {
    this.#closed = true;
    this.#session.end('recording-failed');
  }
}
