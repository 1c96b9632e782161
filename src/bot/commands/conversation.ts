/** `comment` and `ask`: words under a request. `consent` and `again`: what its people do with it. */
import { COMMENT_CHARACTERS_MAX } from '../../core/request.ts';
import { texts } from '../texts/texts.ts';
import { readClauses, usageError } from './clauses.ts';
import type { Command } from './command.ts';
import type { CommandInput, CommandSpec } from './command-spec.ts';
import { readId } from './identifiers.ts';

const COMMENT_USAGE = 'comment ID TEXT';
const ASK_USAGE = 'ask ID TEXT';
const CONSENT_USAGE = 'consent ID';
const AGAIN_USAGE = 'again ID';

export const COMMENT_COMMAND: CommandSpec = {
  name: 'comment',
  usage: COMMENT_USAGE,
  examples: ['comment r-7k2m the backup ran an hour ago'],
  parse: (input) => parseComment(input, COMMENT_USAGE),
};

export const ASK_COMMAND: CommandSpec = {
  name: 'ask',
  usage: ASK_USAGE,
  examples: ['ask r-7k2m which table is it about?'],
  parse: (input) => parseComment(input, ASK_USAGE),
};

export const CONSENT_COMMAND: CommandSpec = {
  name: 'consent',
  usage: CONSENT_USAGE,
  examples: ['consent r-7k2m'],
  parse: (input) => {
    const clauses = readClauses({ ...input, usage: CONSENT_USAGE }, { positionalsMax: 1, clauses: [] });
    return { name: 'consent', id: readId(clauses, CONSENT_USAGE) };
  },
};

export const AGAIN_COMMAND: CommandSpec = {
  name: 'again',
  usage: AGAIN_USAGE,
  examples: ['again r-7k2m'],
  parse: (input) => {
    const clauses = readClauses({ ...input, usage: AGAIN_USAGE }, { positionalsMax: 1, clauses: [] });
    return { name: 'again', id: readId(clauses, AGAIN_USAGE) };
  },
};

/** The ID, then the words to the end of the line, quoted or not. */
function parseComment(input: CommandInput, usage: string): Command {
  const [first, ...rest] = input.words;
  const only = { ...input, usage, words: first === undefined ? [] : [first] };
  const id = readId(readClauses(only, { positionalsMax: 1, clauses: [] }), usage);
  const [start, second] = rest;
  const last = rest.at(-1);
  if (start === undefined || last === undefined) return { name: 'comment', id, text: null };
  const whole = start.quoted && second === undefined ? start.text : input.line.slice(start.start, last.end);
  const text = whole.trim();
  if (text.length > COMMENT_CHARACTERS_MAX) {
    throw usageError(texts().usage.commentTooLong(COMMENT_CHARACTERS_MAX), usage);
  }
  return { name: 'comment', id, text: text === '' ? null : text };
}
