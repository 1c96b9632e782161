/**
 * Reading stops behind a message whose fate is open: a statement that people must agree to (in the extended
 * protocol the Bind of one, because only then are its parameters known, and because planning it could run
 * functions already), one that is so large that a worker thread inspects it, one that may copy in, since what
 * follows means one thing while data is copied in and another otherwise, and the Sync behind a Parse whose name was
 * taken, since the name means one statement if the Parse fails and another if it does not.
 */
import type { Framer } from './codec/framer.ts';
import type { Denials } from './denials.ts';
import { CHANGED_WHILE_INSPECTED } from './refusals.ts';
import type { RelayContext } from './relay-context.ts';
import type { SqlInspection } from './sql-judge.ts';
import type { HeldStatement } from './statement-holds.ts';

export interface StopOutput {
  /** Nothing more is read until `resolved`. */
  awaitingTarget(): void;
  /** Nothing more is read until `then` was called, with what the statement would do. */
  inspect(text: string, then: (found: SqlInspection) => void): void;
  /** Nothing more is read until one of the statement's ways on was taken. */
  hold(statement: HeldStatement): void;
}

export class ReadingStop {
  readonly #context: RelayContext;
  readonly #output: StopOutput;
  readonly #framer: Framer;
  readonly #denials: Denials;
  #awaitsTarget = false;
  #suspended = false;

  constructor(context: RelayContext, parts: { output: StopOutput; framer: Framer; denials: Denials }) {
    this.#context = context;
    this.#output = parts.output;
    this.#framer = parts.framer;
    this.#denials = parts.denials;
  }

  /** Until the target has said whether it reads CopyData, or what a name means. */
  awaitTarget(): void {
    this.#awaitsTarget = true;
    this.#framer.pause();
    this.#output.awaitingTarget();
  }

  resolved(): void {
    this.#awaitsTarget = false;
    this.#readOn();
  }

  /** The answer may come when an error of the target has made the statement moot. */
  inspectElsewhere(
    { protocol, text }: { protocol: 'simple' | 'prepare'; text: string },
    then: (found: SqlInspection) => void,
  ): void {
    const { exchange, policy } = this.#context;
    const { version } = policy;
    this.#suspend();
    this.#output.inspect(text, (found) => {
      this.#goOn(() => {
        if (exchange.discarding) return;
        if (policy.version === version) then(found);
        else this.#denials.refuse(protocol, CHANGED_WHILE_INSPECTED, text);
      });
    });
  }

  hold(statement: Omit<HeldStatement, 'skip'>): void {
    this.#suspend();
    this.#output.hold({
      ...statement,
      forward: (hold) => this.#goOn(() => statement.forward(hold)),
      refuse: (denial) => this.#goOn(() => statement.refuse(denial)),
      skip: () => this.#goOn(() => undefined),
    });
  }

  #suspend(): void {
    this.#suspended = true;
    this.#framer.pause();
  }

  /** What is done first may stop the reading again. */
  #goOn(first: () => void): void {
    this.#suspended = false;
    // The session may be over, and what was held with it.
    if (!this.#context.policy.renew()) return;
    first();
    this.#readOn();
  }

  #readOn(): void {
    if (!this.#suspended && !this.#awaitsTarget) this.#framer.resume();
  }
}
