/**
 * A statement of one session that waits for people. In this order:
 *
 *   1. settle       everything before it is answered; had it failed, nobody would be asked
 *   2. look         what gives its bytes their meaning is read from the target
 *   3. ask          the hold is created, recorded and told to the client
 *   4. wait         for people, for the hold's time, for the client to give up, for the session's end
 *   5. look again   approved, and still under the same policy, search_path and relations?
 *   6. go on        the held bytes are forwarded, or answered with an error as any denial
 *
 * One statement at a time, because the connection reads nothing behind it. Whatever goes wrong, it does not
 * run. An approval for the session covers the same statement with the same parameters while it means the same.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HoldView } from '../../access/views.ts';
import { isAppError, messageOf } from '../../core/errors.ts';
import type { Judged } from '../gate.ts';
import { holdNoteOf } from '../hold-note.ts';
import { type ApprovedStatement, ApprovedStatements } from './approved-statements.ts';
import { encodeFlush } from './codec/frontend-simple.ts';
import { encodeProblem } from './codec/report.ts';
import { approvalNotice, holdNotice } from './hold-notices.ts';
import { type Denial, denialOf, denialProblem } from './problems.ts';
import {
  CHANGED_WHILE_HELD,
  deniedByPeople,
  expiredUndecided,
  FAILED_TRANSACTION,
  NOBODY_ASKED,
  notReviewable,
  type Refusal,
  WITHDRAWN,
} from './refusals.ts';
import type { WaitingContext } from './relay-context.ts';
import type { SqlInspection } from './sql-judge.ts';
import { MeaningQuestion, type StatementMeaning, sameMeaning } from './statement-meaning.ts';

/** How often, and for how long, it is looked whether the session's right to exist is confirmed again. */
const CONFIRMATION_LOOK_MS = 100;
const CONFIRMATION_LOOKS_MAX = 100;
const SKIPPED = { sqlState: '25000', message: 'Not run: an earlier message of the same pipeline failed' };

/** A message that is held; exactly one of its ways on is taken, once. */
export interface HeldStatement {
  readonly judged: Judged<SqlInspection>;
  readonly text: string;
  readonly parameters: readonly (string | null)[];
  /** The same for the identical statement and parameters only. */
  readonly identity: string;
  /** Why it may not run any more, for a reason that is no change of its meaning or of the policy. */
  objection(): Refusal | null;
  /** Forwards the held bytes, approved under this hold. */
  forward(hold: string): void;
  /** Answers with this, where the target's answer would have stood. */
  refuse(denial: Denial): void;
  /** Drops it: the target skips everything up to the next Sync, and would skip it too. */
  skip(): void;
}

export interface HoldOutput {
  /** To the target, at once. */
  toTarget(bytes: Buffer): void;
  /** To the client, at once; nothing else is on its way there. */
  toClient(bytes: Buffer): void;
  /** Takes a statement's way on, and releases what it forwards. */
  goOn(way: () => void): void;
  /** Takes bytes of the target that answer no question of ours. */
  fromTarget(bytes: Buffer): void;
  /** True while the target is between two messages. */
  readonly targetBetweenMessages: boolean;
}

/** What ends a wait besides the session: people, time, or the client. */
type Ending = HoldView | 'given-up';

export class StatementHolds {
  readonly #context: WaitingContext;
  readonly #output: HoldOutput;
  readonly #approved = new ApprovedStatements();
  #question: MeaningQuestion | null = null;
  #questions = 0;
  #settled: (() => void) | null = null;
  #answered: (() => void) | null = null;
  /** Set while giving up withdraws the statement instead of cancelling what runs before it. */
  #giveUp: (() => void) | null = null;
  #givenUp = false;
  /** A question failed within the client's pipeline: the target skips everything up to the next Sync. */
  #targetSkips = false;
  #hold: { readonly statement: HeldStatement; readonly view: HoldView; readonly stop: () => void } | null =
    null;
  #over = false;

  constructor(context: WaitingContext, output: HoldOutput) {
    this.#context = context;
    this.#output = output;
  }

  /** True while bytes of the target are for `fromTarget`. */
  get asks(): boolean {
    return this.#question !== null;
  }

  /** Call it from within the message's reading: it begins when that is done. */
  begin(statement: HeldStatement): void {
    this.#givenUp = false;
    this.#targetSkips = false;
    const policyVersion = this.#context.policyVersion();
    queueMicrotask(() => void this.#run(statement, policyVersion));
  }

  /** @throws AppError `invalid_input` when the target breaks the protocol */
  fromTarget(chunk: Buffer): void {
    const question = this.#question;
    question?.push(chunk);
    if (question?.over !== true) return;
    this.#question = null;
    this.#answered?.();
  }

  /** The target has answered something: perhaps everything that was asked before the held statement. */
  noteAnswers(): void {
    if (this.#settled !== null && this.#isSettled) this.#settled();
  }

  /** The client asks to cancel. @returns false when that is not about a held statement */
  giveUp(): boolean {
    if (this.#giveUp === null) return false;
    this.#givenUp = true;
    this.#giveUp();
    return true;
  }

  /** The session has ended: whatever is held will not run. */
  stop(): void {
    const hold = this.#hold;
    if (hold !== null) {
      this.#record(hold.statement, { ...hold.view, state: 'withdrawn' });
      void this.#context.approvals.withdraw(hold.view.id, 'session-ended');
    }
    this.#over = true;
    this.#question = null;
    for (const wake of [this.#settled, this.#answered, hold?.stop]) wake?.();
  }

  get #isSettled(): boolean {
    return this.#context.exchange.pending === 0 && this.#output.targetBetweenMessages;
  }

  async #run(statement: HeldStatement, policyVersion: string): Promise<void> {
    let way: () => void;
    try {
      way = await this.#decide(statement, policyVersion);
    } catch (error) {
      const { session, logger } = this.#context;
      logger.warn({ sessionId: session.id, problem: messageOf(error) }, 'a statement could not be held');
      way = this.#refusing(statement, isTelling(error) ? notReviewable(messageOf(error)) : NOBODY_ASKED);
    }
    this.#giveUp = null;
    this.#hold = null;
    if (!this.#over) this.#output.goOn(way);
  }

  /**
   * @param policyVersion it was judged under
   * @returns the statement's way on
   */
  async #decide(statement: HeldStatement, policyVersion: string): Promise<() => void> {
    const { exchange } = this.#context;
    await this.#settle();
    this.#giveUp = () => undefined;
    if (exchange.discarding) return () => this.#skip(statement);
    if (exchange.status === 'E' && exchange.sinceSync !== 'executed') {
      return this.#refusing(statement, FAILED_TRANSACTION);
    }
    const meaning = await this.#lookUp(statement);
    if (this.#givenUp) return this.#refusing(statement, WITHDRAWN);
    if (meaning === null) return this.#refusing(statement, NOBODY_ASKED);
    if (policyVersion !== this.#context.policyVersion()) {
      return this.#refusing(statement, CHANGED_WHILE_HELD);
    }
    const covering = this.#approved.covering(statement.identity, { meaning, policyVersion });
    if (covering !== null) return this.#forwardCovered(statement, covering);
    const view = await this.#ask(statement, { meaning, policyVersion });
    const ending = await this.#wait(statement, view);
    if (this.#over) return () => undefined;
    if (ending === 'given-up') return this.#withdraw(statement, view);
    this.#record(statement, ending);
    if (ending.state === 'approved')
      return this.#approve(statement, { view: ending, meaning, policyVersion });
    return this.#refusing(statement, refusalOf(ending));
  }

  /** Step 1. In the extended protocol the target answers when it is told to. */
  async #settle(): Promise<void> {
    const { exchange } = this.#context;
    if (exchange.pending > 0) this.#output.toTarget(encodeFlush());
    if (this.#over || this.#isSettled) return;
    await new Promise<void>((resolve) => {
      this.#settled = resolve;
    });
    this.#settled = null;
  }

  /** Steps 2 and 5. @returns null when the target could not say, and when the session has ended */
  async #lookUp({ judged }: HeldStatement): Promise<StatementMeaning | null> {
    if (this.#over) return null;
    const { exchange } = this.#context;
    const undoesNothing = exchange.sinceSync === 'bound' && exchange.status === 'T';
    const synced = exchange.sinceSync === 'nothing' || undoesNothing;
    this.#questions += 1;
    const question = new MeaningQuestion({
      name: `sallyport_hold_${this.#questions}`,
      relations: (judged.found?.analysis ?? []).flatMap(({ relations }) => relations),
      synced,
      pass: (message) => this.#output.fromTarget(message),
    });
    await new Promise<void>((resolve) => {
      this.#question = question;
      this.#answered = resolve;
      this.#output.toTarget(Buffer.concat(question.messages));
    });
    this.#answered = null;
    exchange.sinceSync = synced ? 'nothing' : 'executed';
    if (question.status !== null) exchange.noteStatus(question.status);
    this.#targetSkips = question.targetSkips;
    return question.meaning;
  }

  /** Step 3. The client is told once the hold is in the recording. */
  async #ask(
    { judged, text, parameters, ...statement }: HeldStatement,
    { meaning, policyVersion }: { meaning: StatementMeaning; policyVersion: string },
  ): Promise<HoldView> {
    const { session, approvals, gate } = this.#context;
    const { verdict, found } = judged;
    if (verdict.action !== 'review') throw new Error('a statement is held that needs no approval');
    const analysis = found?.analysis ?? [];
    const relations = analysis
      .flatMap((one) => one.relations)
      .map(({ schema, name }) => nameOf(schema, name));
    const view = await approvals.hold({
      sessionId: session.id,
      statement: judged.statement,
      text,
      textSha256: createHash('sha256').update(text, 'utf8').digest('hex'),
      parameters,
      effects: [...new Set(analysis.flatMap(({ effects }) => effects))],
      relations: [...new Set(relations)],
      rule: verdict.rule,
      reason: verdict.reason,
      approval: verdict.approval,
      policyVersion,
      context: { searchPath: meaning.searchPath, database: meaning.database, account: meaning.account },
    });
    if (this.#over) {
      void approvals.withdraw(view.id, 'session-ended');
      return view;
    }
    this.#record({ judged, text, parameters, ...statement }, view);
    gate.release(() => this.#output.toClient(holdNotice(view)));
    return view;
  }

  /** Step 4. */
  #wait(statement: HeldStatement, view: HoldView): Promise<Ending> {
    if (this.#over || this.#givenUp) return Promise.resolve('given-up');
    return new Promise((resolve) => {
      const stopWaiting = this.#context.approvals.wait(view, resolve);
      const stop = (): void => {
        stopWaiting();
        resolve('given-up');
      };
      this.#hold = { statement, view, stop };
      this.#giveUp = stop;
    });
  }

  /** Step 5: what people approved is what the statement meant when they were asked. */
  async #approve(
    statement: HeldStatement,
    approved: { view: HoldView; meaning: StatementMeaning; policyVersion: string },
  ): Promise<() => void> {
    const { view, meaning, policyVersion } = approved;
    const { session } = this.#context;
    this.#hold = null;
    this.#output.toClient(approvalNotice(view));
    for (let looks = 0; looks < CONFIRMATION_LOOKS_MAX && !session.confirmed && !this.#over; looks += 1) {
      await sleep(CONFIRMATION_LOOK_MS);
    }
    const now = await this.#lookUp(statement);
    if (this.#givenUp) return this.#failing(statement, WITHDRAWN);
    const obstacle = session.obstacle() ?? statement.objection();
    if (obstacle !== null) return this.#failing(statement, obstacle);
    const samePolicy = policyVersion === this.#context.policyVersion();
    if (now === null || !samePolicy || !sameMeaning(now, meaning)) {
      return this.#failing(statement, CHANGED_WHILE_HELD);
    }
    if (view.scope === 'session') {
      this.#approved.remember(statement.identity, { hold: view.id, meaning, policyVersion });
    }
    return () => statement.forward(view.id);
  }

  #forwardCovered(statement: HeldStatement, { hold }: ApprovedStatement): () => void {
    const obstacle = this.#context.session.obstacle() ?? statement.objection();
    if (obstacle !== null) return this.#refusing(statement, obstacle);
    const covered = { id: hold, state: 'approved', scope: 'session', by: [], note: null } as const;
    this.#context.gate.hold(statement.judged, covered);
    return () => statement.forward(hold);
  }

  #withdraw(statement: HeldStatement, view: HoldView): () => void {
    this.#record(statement, { ...view, state: 'withdrawn' });
    void this.#context.approvals.withdraw(view.id, 'client');
    return this.#refusing(statement, WITHDRAWN);
  }

  #skip(statement: HeldStatement): void {
    this.#fail(statement, SKIPPED);
    statement.skip();
  }

  /** Approved, and yet it does not run; the recording says why. */
  #failing(statement: HeldStatement, refusal: Refusal): () => void {
    this.#context.session.count({ denied: 1 });
    const denial = this.#denial(refusal);
    this.#fail(statement, denial);
    return this.#refusing(statement, refusal);
  }

  #fail({ judged }: HeldStatement, { sqlState, message }: Pick<Denial, 'sqlState' | 'message'>): void {
    const error = { sqlState, message };
    this.#context.gate.complete(judged, { durationMs: 0, tags: [], rows: 0, maskedCells: 0, error });
  }

  #refusing(statement: HeldStatement, refusal: Refusal): () => void {
    const denial = this.#denial(refusal);
    if (!this.#targetSkips) return () => statement.refuse(denial);
    return () => {
      // The target has reported its error already, to us.
      this.#output.toClient(encodeProblem(denialProblem(denial)));
      this.#context.exchange.discarding = true;
      statement.skip();
    };
  }

  #denial(refusal: Refusal): Denial {
    return denialOf({ ...refusal, grant: this.#context.session.grant });
  }

  #record({ judged }: HeldStatement, view: HoldView): void {
    this.#context.gate.hold(judged, holdNoteOf(view));
  }
}

function refusalOf(ending: HoldView): Refusal {
  if (ending.state === 'denied') return deniedByPeople(ending);
  return ending.state === 'expired' ? expiredUndecided(ending) : WITHDRAWN;
}

/** Faults of the request for approval whose words are fit for the client. */
function isTelling(error: unknown): boolean {
  return isAppError(error) && ['too_large', 'gone', 'invalid_input'].includes(error.code);
}

function nameOf(schema: string | null, name: string): string {
  return schema === null ? name : `${schema}.${name}`;
}
