/** Query and FunctionCall: what runs as soon as the target has read it. */
import type { Judged } from '../gate.ts';
import { bodyOf } from './codec/framer.ts';
import { parseQuery } from './codec/frontend-simple.ts';
import { parseFunctionCall } from './codec/function-call.ts';
import type { MessageHandlers } from './codec/message-table.ts';
import { FRONTEND } from './codec/message-types.ts';
import { LiveExposure } from './exposure.ts';
import {
  beginRun,
  changedMasks,
  exposureIn,
  type FrontendParts,
  INSPECTED_HERE_CHARACTERS_MAX,
  readableText,
} from './frontend-parts.ts';
import { asStatement } from './large-object-call.ts';
import { FUNCTION_CALL } from './refusals.ts';
import type { SqlInspection } from './sql-judge.ts';

export class SimpleQueries {
  readonly #parts: FrontendParts;
  readonly handlers: MessageHandlers = [
    [FRONTEND.query, (message) => this.#query(message)],
    [FRONTEND.functionCall, (message) => this.#functionCall(message)],
  ];

  constructor(parts: FrontendParts) {
    this.#parts = parts;
  }

  #query(message: Buffer): void {
    const text = readableText(this.#parts, parseQuery(bodyOf(message)), 'simple');
    if (text === null) return;
    if (text.length <= INSPECTED_HERE_CHARACTERS_MAX) this.#judge(message, text, null);
    else {
      const statement = { protocol: 'simple', text } as const;
      this.#parts.reading.inspectElsewhere(statement, (inspected) => this.#judge(message, text, inspected));
    }
  }

  #judge(message: Buffer, text: string, inspected: SqlInspection | null): void {
    const { context, denials } = this.#parts;
    const judged = context.gate.judge({
      protocol: 'simple',
      text,
      parameters: [],
      prepared: null,
      inspected,
      refusal: null,
    });
    if (judged.verdict.action === 'allow') this.#forward(message, judged);
    else if (judged.verdict.action === 'deny') denials.denied('simple', judged);
    else this.#hold(message, text, judged);
  }

  #hold(message: Buffer, text: string, judged: Judged<SqlInspection>): void {
    const { context, denials, reading } = this.#parts;
    const { masks } = context;
    const exposure = masks === null || judged.found === null ? null : new LiveExposure(masks, judged.found);
    reading.hold({
      judged,
      text,
      parameters: [],
      identity: text,
      objection: () => changedMasks(exposure),
      forward: () => this.#forward(message, judged),
      refuse: (denial) => denials.standIn('simple', denial),
    });
  }

  #forward(message: Buffer, judged: Judged<SqlInspection>): void {
    const { context, forward, reading } = this.#parts;
    forward(message);
    context.exchange.asked.forgetUnnamed();
    const run = beginRun(context, judged, { exposure: exposureIn(context, judged), portal: null });
    context.exchange.expect({ kind: 'query', run, denial: null });
    if (run.copiesIn) reading.awaitTarget();
  }

  /** Judged as the SELECT that makes the same call; functions without one that is certain are refused. */
  #functionCall(message: Buffer): void {
    const { context, denials, forward } = this.#parts;
    const statement = asStatement(parseFunctionCall(bodyOf(message)));
    if (statement === null) {
      denials.refuse('simple', FUNCTION_CALL);
      return;
    }
    const { gate, exchange } = context;
    const judged = gate.judge({ protocol: 'simple', ...statement, prepared: null, refusal: null });
    if (judged.verdict.action !== 'allow') {
      denials.denied('simple', judged);
      return;
    }
    const run = beginRun(context, judged, { exposure: exposureIn(context, judged), portal: null });
    exchange.expect({ kind: 'function-call', run });
    forward(message);
  }
}
