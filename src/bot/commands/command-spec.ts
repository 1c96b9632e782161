/** What the table knows about one command. */
import type { Texts } from '../texts/languages.ts';
import type { Command } from './command.ts';
import type { Word } from './words.ts';

export interface CommandInput {
  /** The whole line; words carry offsets into it. */
  readonly line: string;
  /** The words after the command's name. */
  readonly words: readonly Word[];
}

/** What it is for is said by the help, in each language. */
export type CommandName = keyof Texts['help']['summaries'];

export interface CommandSpec {
  readonly name: CommandName;
  /** How it is written, after `/access `. */
  readonly usage: string;
  /** After `/access `; the first is the one the short help shows. */
  readonly examples: readonly string[];
  /** @throws AppError `invalid_input` that says what to write instead */
  readonly parse: (input: CommandInput) => Command;
}
