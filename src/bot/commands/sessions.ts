/** `sessions` and `replay`: what was done under a grant. */

import { texts } from '../texts/texts.ts';
import { readClauses, usageError } from './clauses.ts';
import { SEARCH_CHARACTERS_MAX } from './command.ts';
import type { CommandSpec } from './command-spec.ts';
import { readId } from './identifiers.ts';

const SESSIONS_USAGE = 'sessions [SEARCH]';
const REPLAY_USAGE = 'replay SESSION';

export const SESSIONS_COMMAND: CommandSpec = {
  name: 'sessions',
  usage: SESSIONS_USAGE,
  examples: ['sessions', 'sessions orders-db'],
  parse: (input) => {
    const first = input.words[0];
    const last = input.words.at(-1);
    if (first === undefined || last === undefined) return { name: 'sessions', search: null };
    const search = input.words.length === 1 ? first.text.trim() : input.line.slice(first.start, last.end);
    if (search.length > SEARCH_CHARACTERS_MAX) {
      throw usageError(texts().usage.searchTooLong(SEARCH_CHARACTERS_MAX), SESSIONS_USAGE);
    }
    return { name: 'sessions', search: search === '' ? null : search };
  },
};

export const REPLAY_COMMAND: CommandSpec = {
  name: 'replay',
  usage: REPLAY_USAGE,
  examples: ['replay s-7k2m'],
  parse: (input) => {
    const clauses = readClauses({ ...input, usage: REPLAY_USAGE }, { positionalsMax: 1, clauses: [] });
    return { name: 'replay', id: readId(clauses, REPLAY_USAGE) };
  },
};
