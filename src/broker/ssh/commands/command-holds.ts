/**
 * Commands of one session that wait for people. In this order, for each:
 *
 *   1. queue    a session asks people about one command at a time, in the order of arrival
 *   2. ask      the hold is created, in the recording, and told to the client
 *   3. wait     for people, for the hold's time, for the client to give up, for the session's end
 *   4. check    approved, and still under the same policy, and the session may go on?
 *
 * What was asked about is fixed: the text, the place and the version of the policy are those that people saw, and
 * nothing but them leads on to the target. Whatever goes wrong, the command does not run. An approval for the session
 * covers the same text in the same place under the same policy.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { HoldRequest } from '../../../access/hold-command.ts';
import type { HoldView } from '../../../access/views.ts';
import { isAppError, messageOf } from '../../../core/errors.ts';
import type { Approvals } from '../../approvals.ts';
import type { Gate } from '../../gate.ts';
import { holdNoteOf } from '../../hold-note.ts';
import type { LiveSession } from '../../session.ts';
import type {
  CommandHolds,
  HoldDecision,
  HostInspection,
  HostSessionPolicy,
  PendingHold,
  TargetFacts,
} from '../host-session.ts';
import { ApprovedCommands, type CommandIdentity, variablesOf } from './approved-commands.ts';
import {
  approvedLine,
  CHANGED_WHILE_HELD,
  coveredLine,
  ENDED_WHILE_HELD,
  NOBODY_ASKED,
  notApproved,
  notReviewable,
  WITHDRAWN,
} from './hold-words.ts';

/** How often, and for how long, it is looked whether the session has ended with its hold. */
const ENDING_LOOK_MS = 20;
const ENDING_LOOKS_MAX = 100;
/** How often, and for how long, it is looked whether the session's right to exist is confirmed again. */
const CONFIRMATION_LOOK_MS = 100;
const CONFIRMATION_LOOKS_MAX = 100;
/** As many paths are named beside the command, which names all of them. */
const PATHS_NAMED_MAX = 100;

type Asked = Parameters<CommandHolds['ask']>[0];

export interface HoldsContext {
  readonly live: LiveSession;
  readonly gate: Gate<HostInspection>;
  readonly policy: HostSessionPolicy;
  readonly approvals: Pick<Approvals, 'hold' | 'wait' | 'withdraw'>;
  readonly facts: Pick<TargetFacts, 'account'>;
  readonly logger: Logger;
}

export function createCommandHolds(context: HoldsContext): CommandHolds {
  const approved = new ApprovedCommands();
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    ask: (asked) => {
      const held = new HeldCommand(context, approved, asked);
      const queued = waiting > 0;
      waiting += 1;
      const over = held.run(last).then(() => {
        waiting -= 1;
      });
      // One that was given up in the queue does not let others past what is before it.
      last = Promise.all([last, over]);
      return { ...held.pending, queued };
    },
  };
}

/** What ends a wait besides people and time. */
type GivenUp = 'client' | 'session-ended';

class HeldCommand {
  readonly #context: HoldsContext;
  readonly #approved: ApprovedCommands;
  readonly #asked: Asked;
  readonly #identity: CommandIdentity;
  readonly #view = Promise.withResolvers<HoldView | null>();
  readonly #decision = Promise.withResolvers<HoldDecision>();
  readonly #over = Promise.withResolvers<GivenUp>();
  #givenUp: GivenUp | null = null;
  /** Set while people are asked. */
  #held: HoldView | null = null;

  constructor(context: HoldsContext, approved: ApprovedCommands, asked: Asked) {
    const { place } = asked;
    this.#context = context;
    this.#approved = approved;
    this.#asked = { ...asked, place: { ...place, environment: new Map(place.environment) } };
    this.#identity = {
      // What is sent to a shell has a canonical text, and an operation has none.
      kind: (asked.judged.found?.canonical ?? null) === null ? 'operation' : 'command',
      text: asked.text,
      place: this.#asked.place,
      policyVersion: context.policy.version,
    };
  }

  get pending(): Omit<PendingHold, 'queued'> {
    return {
      asked: this.#view.promise,
      decided: this.#decision.promise,
      withdraw: () => this.#giveUp('client'),
    };
  }

  /** @param before what of the session must be decided first */
  async run(before: Promise<unknown>): Promise<void> {
    const forget = this.#context.live.onEnd(() => this.#giveUp('session-ended'));
    let decision: HoldDecision;
    try {
      decision = await this.#decide(before);
    } catch (error) {
      const { live, logger } = this.#context;
      logger.warn({ sessionId: live.id, problem: messageOf(error) }, 'a command could not be held');
      decision = this.#refuse(isTelling(error) ? notReviewable(messageOf(error)) : NOBODY_ASKED);
    }
    forget();
    this.#view.resolve(null);
    this.#decision.resolve(decision);
  }

  async #decide(before: Promise<unknown>): Promise<HoldDecision> {
    if (this.#context.live.ended !== null) return this.#refuse(ENDED_WHILE_HELD);
    const covered = this.#covered() ?? ((await this.#turn(before)) ? this.#covered() : null);
    if (covered !== null) return covered;
    if (this.#givenUp !== null) return this.#refuse(wordsOf(this.#givenUp));
    if (!this.#samePolicy()) return this.#refuse(CHANGED_WHILE_HELD);
    const view = await this.#context.approvals.hold(this.#request());
    this.#record(view);
    const ending = await this.#wait(view);
    if (ending === 'client' || ending === 'session-ended')
      return { kind: 'refused', message: wordsOf(ending) };
    this.#record(ending);
    if (this.#endsTheSession(ending)) await this.#untilEnded();
    if (ending.state !== 'approved') return { kind: 'refused', message: notApproved(ending) };
    return this.#approve(ending);
  }

  /** Step 1. @returns false when it was given up meanwhile */
  async #turn(before: Promise<unknown>): Promise<boolean> {
    await Promise.race([before, this.#over.promise]);
    return this.#givenUp === null;
  }

  /** An approval for the session that means this very command. */
  #covered(): HoldDecision | null {
    const hold = this.#approved.covering(this.#identity);
    if (hold === null || !this.#samePolicy()) return null;
    const { gate } = this.#context;
    gate.hold(this.#asked.judged, { id: hold, state: 'approved', scope: 'session', by: [], note: null });
    return this.#obstacle() ?? { kind: 'approved', message: coveredLine(hold) };
  }

  /** Step 2. */
  #request(): HoldRequest {
    const { judged, text, place, stdin } = this.#asked;
    const { verdict, found } = judged;
    if (verdict.action !== 'review') throw new Error('a command is held that needs no approval');
    const { live, facts } = this.#context;
    const analysis = found?.analysis ?? [];
    // What redirections read and write: of the other words nobody knows for certain that they are paths.
    const paths = analysis
      .flatMap((statement) => statement.paths)
      .filter(({ access }) => access !== 'named')
      .map(({ path }) => path);
    return {
      sessionId: live.id,
      statement: judged.statement,
      text,
      textSha256: createHash('sha256').update(text, 'utf8').digest('hex'),
      parameters: [],
      effects: [...new Set(analysis.flatMap(({ effects }) => effects))],
      relations: [...new Set(paths)].slice(0, PATHS_NAMED_MAX),
      rule: verdict.rule,
      reason: verdict.reason,
      approval: verdict.approval,
      policyVersion: this.#identity.policyVersion,
      context: { directory: place.directory, environment: variablesOf(place), account: facts.account, stdin },
    };
  }

  /** Step 3. The client is told once the hold is in the recording. */
  async #wait(view: HoldView): Promise<HoldView | GivenUp> {
    this.#held = view;
    if (this.#givenUp !== null) this.#withdraw(this.#givenUp);
    this.#context.gate.release(() => this.#view.resolve(view));
    const decided = Promise.withResolvers<HoldView>();
    const stop = this.#context.approvals.wait(view, decided.resolve);
    const ending = await Promise.race([this.#over.promise, decided.promise]);
    stop();
    this.#held = null;
    return ending;
  }

  /** Withdrawn with it, or lapsed at the moment at which the access does. */
  #endsTheSession({ withdrawnBecause, state, expiresAt }: HoldView): boolean {
    if (withdrawnBecause === 'session-ended') return true;
    return state === 'expired' && expiresAt >= this.#context.live.grant.expiresAt;
  }

  /** The store ended the session with the hold, and this replica may not have heard: its channels are to be told why. */
  async #untilEnded(): Promise<void> {
    const { live } = this.#context;
    for (let looks = 0; looks < ENDING_LOOKS_MAX && live.ended === null; looks += 1)
      await sleep(ENDING_LOOK_MS);
  }

  /** Step 4. */
  async #approve(view: HoldView): Promise<HoldDecision> {
    const { live } = this.#context;
    for (let looks = 0; looks < CONFIRMATION_LOOKS_MAX && !live.confirmed; looks += 1) {
      if (this.#givenUp !== null) break;
      await sleep(CONFIRMATION_LOOK_MS);
    }
    if (this.#givenUp !== null) return this.#refuseApproved(wordsOf(this.#givenUp));
    if (!this.#samePolicy()) return this.#refuseApproved(CHANGED_WHILE_HELD);
    const obstacle = this.#obstacle();
    if (obstacle !== null) return obstacle;
    if (view.scope === 'session') this.#approved.remember(this.#identity, view.id);
    return { kind: 'approved', message: approvedLine(view) };
  }

  #samePolicy(): boolean {
    const { policy } = this.#context;
    return policy.renew() && policy.version === this.#identity.policyVersion;
  }

  #obstacle(): HoldDecision | null {
    const obstacle = this.#context.live.obstacle();
    return obstacle === null ? null : this.#refuseApproved(obstacle.reason);
  }

  #giveUp(by: GivenUp): void {
    if (this.#givenUp !== null) return;
    this.#givenUp = by;
    this.#over.resolve(by);
    this.#withdraw(by);
  }

  /** At once: the recording of a session that has ended is about to be closed. */
  #withdraw(by: GivenUp): void {
    const view = this.#held;
    if (view === null) return;
    this.#held = null;
    this.#record({ ...view, state: 'withdrawn' });
    void this.#context.approvals.withdraw(view.id, by);
  }

  #record(view: HoldView): void {
    this.#context.gate.hold(this.#asked.judged, holdNoteOf(view));
  }

  /** Approved, and yet it does not run. */
  #refuseApproved(message: string): HoldDecision {
    this.#context.live.count({ denied: 1 });
    return this.#refuse(message);
  }

  /** It does not run for a reason that no hold tells; so the recording is told. */
  #refuse(message: string): HoldDecision {
    const { gate } = this.#context;
    const error = { sqlState: '', message };
    gate.complete(this.#asked.judged, { durationMs: 0, tags: [], rows: 0, maskedCells: 0, error });
    return { kind: 'refused', message };
  }
}

function wordsOf(by: GivenUp): string {
  return by === 'client' ? WITHDRAWN : ENDED_WHILE_HELD;
}

/** Faults of the request for approval whose words are fit for the client. */
function isTelling(error: unknown): boolean {
  return isAppError(error) && ['too_large', 'gone', 'invalid_input', 'rate_limited'].includes(error.code);
}
