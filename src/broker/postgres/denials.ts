/**
 * What is denied never reaches the target. In its place the target gets something that it is certain to refuse, and
 * its error is answered with ours, so that the order of answers and the state of the transaction are its own.
 */
import type { Judged } from '../gate.ts';
import { encodeParse } from './codec/frontend-extended.ts';
import { encodeQuery } from './codec/frontend-simple.ts';
import { type Denial, denialOf, syntaxDenial } from './problems.ts';
import type { Refusal } from './refusals.ts';
import type { RelayContext } from './relay-context.ts';
import type { SqlInspection } from './sql-judge.ts';

/** Certain to be refused by the target's grammar, and telling for whoever reads the target's log. */
const STAND_IN = 'sallyport_refused_this_statement';

export type Protocol = 'simple' | 'prepare' | 'execute';

export class Denials {
  readonly #context: RelayContext;
  readonly #forward: (bytes: Buffer) => void;

  constructor(context: RelayContext, forward: (bytes: Buffer) => void) {
    this.#context = context;
    this.#forward = forward;
  }

  /** Denies a message that cannot be judged as a statement; it is recorded without its text by default. */
  refuse(protocol: Protocol, refusal: Refusal, text = ''): void {
    const command = { protocol, text, parameters: [], prepared: null, refusal };
    this.denied(protocol, this.#context.gate.judge(command));
  }

  /** Answers what the gate has not allowed. */
  denied(protocol: Protocol, judged: Judged<SqlInspection>): void {
    const { rule, reason } = judged.verdict;
    this.standIn(protocol, this.#denial(judged, { rule: rule ?? 'policy', reason }));
  }

  /** Instead of what was denied, the target gets something it refuses; its error is answered with ours. */
  standIn(protocol: Protocol, denial: Denial): void {
    const { exchange } = this.#context;
    if (protocol === 'simple') {
      exchange.asked.forgetUnnamed();
      exchange.expect({ kind: 'query', run: null, denial });
      this.#forward(encodeQuery(STAND_IN));
      return;
    }
    exchange.expect({ kind: 'refused', denial });
    exchange.discarding = true;
    this.#forward(encodeParse({ name: STAND_IN, text: STAND_IN }));
  }

  /** A statement that cannot be read is answered as PostgreSQL answers it, with the place of the error. */
  #denial(judged: Judged<SqlInspection>, { rule, reason }: { rule: string; reason: string }): Denial {
    const { exchange, session } = this.#context;
    const denial = denialOf({ rule, reason, grant: session.grant });
    const { parseError = null, errorPosition } = judged.found ?? {};
    if (rule !== 'unparsable' || parseError === null || errorPosition === undefined) return denial;
    const plain = exchange.clientEncoding !== null;
    return syntaxDenial({ denial, message: parseError, position: errorPosition, plain });
  }
}
