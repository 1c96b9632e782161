/** CopyData and the end of a copy, while the target reads them. */
import type { Treatment } from './codec/framer.ts';
import { encodeCopyFail } from './codec/frontend-simple.ts';
import type { MessageHandlers } from './codec/message-table.ts';
import { FRONTEND, typeName } from './codec/message-types.ts';
import { violation } from './codec/violation.ts';
import type { FrontendParts } from './frontend-parts.ts';

/** Besides CopyData. */
const DURING_COPY_IN: ReadonlySet<number> = new Set([
  FRONTEND.copyDone,
  FRONTEND.copyFail,
  FRONTEND.sync,
  FRONTEND.flush,
  FRONTEND.terminate,
]);

export class CopyIn {
  readonly #parts: FrontendParts;
  readonly handlers: MessageHandlers = [
    [FRONTEND.copyDone, (message) => this.#end(message)],
    [FRONTEND.copyFail, (message) => this.#end(message)],
  ];

  constructor(parts: FrontendParts) {
    this.#parts = parts;
  }

  /** How a CopyData is read. */
  treatData(): Treatment {
    const { exchange, policy, session } = this.#parts.context;
    if (!exchange.copyIn || !policy.renew()) return 'skip';
    if (session.obstacle() === null) return 'stream';
    exchange.copyIn = false;
    this.#parts.forward(encodeCopyFail('Sallyport cannot confirm that this access is still valid'));
    return 'skip';
  }

  /** While the target reads CopyData, any other message would be swallowed and the answers would shift. */
  mustAllow(type: number): void {
    if (!this.#parts.context.exchange.copyIn || DURING_COPY_IN.has(type)) return;
    throw violation(`Message ${typeName(type)} is not allowed while data is copied in`);
  }

  /** After a failed copy the rest of it may still arrive; the target would drop it as well. */
  #end(message: Buffer): void {
    const { context, forward, reading } = this.#parts;
    const { exchange } = context;
    if (!exchange.copyIn) return;
    exchange.copyIn = false;
    forward(message);
    // The next statement of the same text may copy in as well; until the target says so, nothing may follow.
    if (exchange.head?.kind === 'query') reading.awaitTarget();
  }
}
