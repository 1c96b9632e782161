import { type Logger, LogLevel } from '@slack/bolt';
import type { BotLogger } from '../bot-context.ts';

/**
 * What Slack's libraries log, from warnings on. Below that they log whole payloads, with the links through which
 * their senders are answered.
 */
export function libraryLogger(logger: BotLogger, library: string): Logger {
  const text = (parts: readonly unknown[]): string => parts.map(String).join(' ').slice(0, 500);
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (...parts) => logger.warn({ library }, text(parts)),
    error: (...parts) => logger.error({ library }, text(parts)),
    setLevel: () => undefined,
    getLevel: () => LogLevel.WARN,
    setName: () => undefined,
  };
}
