import { AppError } from '../../core/errors.ts';
import { texts } from '../texts/texts.ts';
import { COMMAND_CHARACTERS_MAX, type Command } from './command.ts';
import { nearest } from './did-you-mean.ts';
import { COMMANDS } from './table.ts';
import { splitWords } from './words.ts';

const COMMAND_PREFIX = '/access';

const LEADING_PREFIX = /^\s*\/access(?=\s|$)/i;

/**
 * Reads a line by the grammar of design section 9. Pure: it knows neither who types nor what exists.
 * @param text with or without the leading `/access`; nothing else means `help`
 * @throws AppError `invalid_input` or `not_available_yet`, whose message says what to write instead
 */
export function parseCommand(text: string): Command {
  if (text.length > COMMAND_CHARACTERS_MAX) {
    throw new AppError('invalid_input', texts().usage.commandTooLong(COMMAND_CHARACTERS_MAX));
  }
  const line = text.replace(LEADING_PREFIX, '');
  const [name, ...words] = splitWords(line);
  if (name === undefined) return { name: 'help', topic: null };
  const typed = name.text.toLowerCase();
  const spec = COMMANDS.find((candidate) => candidate.name === typed);
  if (spec === undefined) throw unknownCommand(name.text);
  return spec.parse({ line, words });
}

function unknownCommand(typed: string): AppError {
  const words = texts().usage;
  const shown = { typed: typed.slice(0, 60), prefix: COMMAND_PREFIX };
  if (typed.startsWith('/')) return new AppError('invalid_input', words.notMine(shown));
  const meant = nearest(
    typed,
    COMMANDS.map((spec) => spec.name),
  );
  return new AppError(
    'invalid_input',
    meant === null ? words.unknown(shown) : words.unknownMeant({ ...shown, meant }),
  );
}
