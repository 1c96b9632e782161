/** What everything in `bot` works with. */
import type { AccessContext } from '../access/context.ts';

/** Structured logging; pino's and Fastify's loggers fit. Never given statement values or secrets. */
export interface BotLogger {
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface BotContext {
  readonly access: AccessContext;
  readonly logger: BotLogger;
}
