/** Parse: a text is judged when it is prepared, and again when it is run under another policy. */
import { NAMES_MAX } from './client-names.ts';
import { bodyOf } from './codec/framer.ts';
import { type ParseMessage, parseParse } from './codec/frontend-extended.ts';
import type { Prepared } from './exchange.ts';
import {
  exposureIn,
  type FrontendParts,
  INSPECTED_HERE_CHARACTERS_MAX,
  readableText,
} from './frontend-parts.ts';
import { nameTooLong, PREPARED_UNDER_ANOTHER_POLICY, TOO_MANY_STATEMENTS } from './refusals.ts';
import type { SqlInspection } from './sql-judge.ts';

export class PreparedStatements {
  readonly #parts: FrontendParts;

  constructor(parts: FrontendParts) {
    this.#parts = parts;
  }

  parse(message: Buffer): void {
    const { context, denials, reading } = this.#parts;
    const parsed = parseParse(bodyOf(message));
    const { name } = parsed;
    const { asked } = context.exchange;
    // Whatever becomes of this message, PostgreSQL forgets the unnamed statement when it reads one.
    if (name === '') asked.statements.delete('');
    const text = readableText(this.#parts, parsed.text, 'prepare');
    if (text === null) return;
    const full = asked.statements.size >= NAMES_MAX && !asked.statements.has(name);
    const refusal = nameTooLong(name) ?? (full ? TOO_MANY_STATEMENTS : null);
    if (refusal !== null) {
      denials.refuse('prepare', refusal);
      return;
    }
    if (text.length <= INSPECTED_HERE_CHARACTERS_MAX) this.#judge(message, parsed, { text, inspected: null });
    else {
      reading.inspectElsewhere({ protocol: 'prepare', text }, (inspected) =>
        this.#judge(message, parsed, { text, inspected }),
      );
    }
  }

  /** One that needs approval is prepared, since that runs nothing; its Bind is held. */
  #judge(
    message: Buffer,
    { name, parameterTypes }: ParseMessage,
    { text, inspected }: { text: string; inspected: SqlInspection | null },
  ): void {
    const { context, denials, forward } = this.#parts;
    const { exchange, gate, policy } = context;
    const judged = gate.judge({
      protocol: 'prepare',
      text,
      parameters: [],
      prepared: null,
      inspected,
      refusal: null,
    });
    if (judged.verdict.action === 'deny') {
      denials.denied('prepare', judged);
      return;
    }
    const prepared: Prepared = {
      name,
      text,
      parameterTypes,
      judged,
      policyVersion: policy.version,
      exposure: exposureIn(context, judged),
      described: false,
      columns: null,
    };
    if (name !== '' && exchange.asked.statements.has(name)) exchange.nameRetaken = true;
    exchange.asked.statements.set(name, prepared);
    exchange.clientNames.take('statement', name);
    exchange.expect({ kind: 'parse', prepared });
    forward(message);
  }

  /** Judges what was prepared under another policy again. @returns false when it was refused */
  isStillAllowed(prepared: Prepared): boolean {
    const { context, denials } = this.#parts;
    const { gate, policy } = context;
    if (prepared.policyVersion === policy.version) return true;
    const { found: inspected } = prepared.judged;
    const judged = gate.judge({
      protocol: 'prepare',
      text: prepared.text,
      parameters: [],
      prepared: null,
      inspected,
      refusal: inspected?.decided == null ? null : PREPARED_UNDER_ANOTHER_POLICY,
    });
    if (judged.verdict.action === 'deny') {
      denials.denied('execute', judged);
      return false;
    }
    prepared.judged = judged;
    prepared.policyVersion = policy.version;
    return true;
  }
}
