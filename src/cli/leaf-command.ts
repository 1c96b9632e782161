import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../core/duration.ts';
import { messageOf } from '../core/errors.ts';
import type { CliContext } from './context.ts';

/** A file of `commands/`: adds its command to the program. */
export type RegisterCommand = (parent: Command, context: CliContext) => void;

/** The option that every command has. */
export interface JsonOption {
  readonly json?: true;
}

/**
 * A command that does something (the others only group). Every one takes `--json` and shows examples.
 * @param options.usage name and arguments, such as `approve <id>`
 */
export function addLeafCommand(
  parent: Command,
  options: { usage: string; summary: string; examples: readonly string[] },
): Command {
  const examples = options.examples.map((example) => `  $ ${example}`).join('\n');
  return parent
    .command(options.usage)
    .description(options.summary)
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExamples:\n${examples}`);
}

/** Parser of an option that is a duration; keeps the text, since the server reads it too. */
export function parseDurationOption(text: string): string {
  try {
    parseDuration(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}

/** Parser of an option that is a whole number from 1 to `max`. */
export function parseCountOption(max: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (!Number.isInteger(count) || count < 1 || count > max) {
      throw new InvalidArgumentError(`It is a whole number from 1 to ${max}.`);
    }
    return count;
  };
}
