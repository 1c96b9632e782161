/** What the table knows about one command. */
import type { Command } from './command.ts';
import type { Word } from './words.ts';

export interface CommandInput {
  /** The whole line; words carry offsets into it. */
  readonly line: string;
  /** The words after the command's name. */
  readonly words: readonly Word[];
}

export interface CommandSpec {
  readonly name: string;
  /** How it is written, after `/access `. */
  readonly usage: string;
  /** One sentence for the help. */
  readonly summary: string;
  /** After `/access `; the first is the one the short help shows. */
  readonly examples: readonly string[];
  /** @throws AppError `invalid_input` that says what to write instead */
  readonly parse: (input: CommandInput) => Command;
}
