/** The messages of the extended protocol. */
import { bodyOf } from './codec/framer.ts';
import { parseClose, parseDescribe } from './codec/frontend-extended.ts';
import type { MessageHandlers } from './codec/message-table.ts';
import { FRONTEND } from './codec/message-types.ts';
import type { FrontendParts } from './frontend-parts.ts';
import { Portals } from './portals.ts';
import { PreparedStatements } from './prepared-statements.ts';
import { nameTooLong } from './refusals.ts';

export class ExtendedQueries {
  readonly #parts: FrontendParts;
  readonly handlers: MessageHandlers;

  constructor(parts: FrontendParts) {
    this.#parts = parts;
    const statements = new PreparedStatements(parts);
    const portals = new Portals(parts, statements);
    this.handlers = [
      [FRONTEND.parse, (message) => statements.parse(message)],
      [FRONTEND.bind, (message) => portals.bind(message)],
      [FRONTEND.execute, (message) => portals.execute(message)],
      [FRONTEND.describe, (message) => this.#describe(message)],
      [FRONTEND.close, (message) => this.#close(message)],
      [FRONTEND.sync, (message) => this.#sync(message)],
      [FRONTEND.flush, parts.forward],
    ];
  }

  #describe(message: Buffer): void {
    const { target, name } = parseDescribe(bodyOf(message));
    if (this.#isRefused(name)) return;
    const { context, forward } = this.#parts;
    const { asked } = context.exchange;
    const described = target === 'statement' ? asked.statements.get(name) : asked.portals.get(name);
    if (described !== undefined) described.described = true;
    context.exchange.expect({ kind: 'describe', target, name, hidden: false });
    forward(message);
  }

  #close(message: Buffer): void {
    const { target, name } = parseClose(bodyOf(message));
    if (this.#isRefused(name)) return;
    const { context, forward } = this.#parts;
    const { asked } = context.exchange;
    if (target === 'statement') asked.statements.delete(name);
    else asked.portals.delete(name);
    context.exchange.expect({ kind: 'close', target, name });
    forward(message);
  }

  #sync(message: Buffer): void {
    const { context, forward, reading } = this.#parts;
    // In copy-in the target reads Sync and ignores it: there will be no answer to expect.
    if (context.exchange.copyIn) return;
    context.exchange.discarding = false;
    context.exchange.expect({ kind: 'sync' });
    forward(message);
    if (context.exchange.nameRetaken) reading.awaitTarget();
  }

  #isRefused(name: string): boolean {
    const refusal = nameTooLong(name);
    if (refusal !== null) this.#parts.denials.refuse('execute', refusal);
    return refusal !== null;
  }
}
