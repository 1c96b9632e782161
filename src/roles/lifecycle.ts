/** What a process has started, so that it is stopped in reverse, whatever had been reached by then. */
import type { Logger } from 'pino';
import { messageOf } from '../core/errors.ts';

export class Lifecycle {
  readonly #logger: Logger;
  readonly #started: { readonly name: string; readonly stop: () => Promise<unknown> }[] = [];
  #stopping: Promise<void> | null = null;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @param stop called once, after everything that was added later has stopped */
  add(name: string, stop: () => Promise<unknown>): void {
    this.#started.push({ name, stop });
  }

  /** Safe to call twice. A part that does not stop cleanly is logged and keeps nothing from stopping. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    for (const part of this.#started.toReversed()) {
      try {
        await part.stop();
      } catch (error) {
        this.#logger.error({ part: part.name, reason: messageOf(error) }, 'a part did not stop cleanly');
      }
    }
  }
}
