/**
 * From the client to the target. Every message is read, judged where it carries a statement, and put
 * aside; the caller releases what a chunk held through the gate, at once. A message type that is not in
 * the table ends the session.
 */
import { Framer, type FrameSink, type Treatment } from './codec/framer.ts';
import { BIND_BYTES_MAX, SMALL_MESSAGE_BYTES_MAX, STREAMED_BYTES_MAX } from './codec/limits.ts';
import { type MessageHandler, messageTable } from './codec/message-table.ts';
import { FRONTEND, typeName } from './codec/message-types.ts';
import { violation } from './codec/violation.ts';
import { CopyIn } from './copy-in.ts';
import { Denials } from './denials.ts';
import { ExtendedQueries } from './extended-query.ts';
import { type FrontendParts, refuseTooLarge } from './frontend-parts.ts';
import { ReadingStop, type StopOutput } from './reading-stop.ts';
import { parametersTooLarge } from './refusals.ts';
import type { RelayContext } from './relay-context.ts';
import { SimpleQueries } from './simple-query.ts';

/** Parse also carries a name and the types of its parameters. */
const PARSE_OVERHEAD_BYTES = 300_000;

function endsDiscarding(type: number): boolean {
  return type === FRONTEND.sync || type === FRONTEND.terminate;
}

export interface FrontendOutput extends StopOutput {
  /** To the target, with the next release. */
  forward(bytes: Buffer): void;
  /** The client said goodbye. */
  terminated(): void;
}

export class FrontendRelay implements FrameSink {
  readonly #parts: FrontendParts;
  readonly #output: FrontendOutput;
  readonly #framer: Framer;
  readonly #copyIn: CopyIn;
  readonly #handlers: readonly (MessageHandler | null)[];
  #terminated = false;

  constructor(context: RelayContext, output: FrontendOutput) {
    const forward = (bytes: Buffer): void => output.forward(bytes);
    const denials = new Denials(context, forward);
    this.#output = output;
    this.#framer = new Framer(this);
    const reading = new ReadingStop(context, { output, framer: this.#framer, denials });
    this.#parts = { context, denials, reading, forward };
    this.#copyIn = new CopyIn(this.#parts);
    this.#handlers = messageTable([
      ...new SimpleQueries(this.#parts).handlers,
      ...new ExtendedQueries(this.#parts).handlers,
      ...this.#copyIn.handlers,
      [FRONTEND.terminate, (message) => this.#terminate(message)],
    ]);
  }

  /** @throws AppError `invalid_input` for anything that breaks the protocol */
  push(chunk: Buffer): void {
    this.#framer.push(chunk);
  }

  /** Bytes that arrived behind a message whose fate is open. */
  get waitingBytes(): number {
    return this.#framer.waitingBytes;
  }

  /** The target has said how it takes what follows: what was held back can. */
  resolved(): void {
    this.#parts.reading.resolved();
  }

  treat(type: number, bodyBytes: number): Treatment {
    if (bodyBytes > STREAMED_BYTES_MAX) throw violation(`Message ${typeName(type)} is too long`);
    if (this.#terminated) return 'skip';
    const { exchange, limits } = this.#parts.context;
    if (type === FRONTEND.copyData) return this.#copyIn.treatData();
    if (this.#handlers[type] == null)
      throw violation(`Message ${typeName(type)} is unknown or not expected now`);
    this.#copyIn.mustAllow(type);
    if (exchange.discarding && !endsDiscarding(type)) return 'skip';
    if (type === FRONTEND.query) return bodyBytes > limits.statementBytesMax + 1 ? 'skip' : 'whole';
    if (type === FRONTEND.parse)
      return bodyBytes > limits.statementBytesMax + PARSE_OVERHEAD_BYTES ? 'skip' : 'whole';
    if (type === FRONTEND.bind || type === FRONTEND.functionCall)
      return bodyBytes > BIND_BYTES_MAX ? 'skip' : 'whole';
    if (type === FRONTEND.copyFail) return bodyBytes > limits.statementBytesMax ? 'skip' : 'whole';
    if (bodyBytes > SMALL_MESSAGE_BYTES_MAX) throw violation(`Message ${typeName(type)} is too long`);
    return 'whole';
  }

  whole(type: number, message: Buffer): void {
    const { exchange, policy } = this.#parts.context;
    // An error of the target can arrive while the message does: from then on it is skipped like the rest.
    if (exchange.discarding && !endsDiscarding(type)) return;
    if (!policy.renew()) return;
    this.#handlers[type]?.(message);
  }

  /** CopyData is the one streamed message. */
  piece(_type: number, bytes: Buffer): void {
    this.#output.forward(bytes);
  }

  skipped(type: number, bodyBytes: number): void {
    const { context, denials } = this.#parts;
    if (this.#terminated || context.exchange.discarding) return;
    const kind = type === FRONTEND.parse ? 'prepare' : type === FRONTEND.bind ? 'execute' : 'simple';
    if (type === FRONTEND.query || type === FRONTEND.parse) refuseTooLarge(this.#parts, kind, bodyBytes);
    else if (type === FRONTEND.bind || type === FRONTEND.functionCall)
      denials.refuse(kind, parametersTooLarge({ bytes: bodyBytes, bytesMax: BIND_BYTES_MAX }));
  }

  #terminate(message: Buffer): void {
    this.#terminated = true;
    this.#output.forward(message);
    this.#output.terminated();
  }
}
