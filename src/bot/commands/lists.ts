/** `mine`, `pending` and `show`: where things stand. */
import { readClauses } from './clauses.ts';
import type { CommandSpec } from './command-spec.ts';
import { readId } from './identifiers.ts';

const NOTHING_MORE = { positionalsMax: 0, clauses: [] };

export const MINE_COMMAND: CommandSpec = {
  name: 'mine',
  usage: 'mine',
  examples: ['mine'],
  parse: (input) => {
    readClauses({ ...input, usage: 'mine' }, NOTHING_MORE);
    return { name: 'mine' };
  },
};

export const PENDING_COMMAND: CommandSpec = {
  name: 'pending',
  usage: 'pending',
  examples: ['pending'],
  parse: (input) => {
    readClauses({ ...input, usage: 'pending' }, NOTHING_MORE);
    return { name: 'pending' };
  },
};

export const SHOW_COMMAND: CommandSpec = {
  name: 'show',
  usage: 'show ID',
  examples: ['show r-7k2m'],
  parse: (input) => {
    const clauses = readClauses({ ...input, usage: 'show ID' }, { positionalsMax: 1, clauses: [] });
    return { name: 'show', id: readId(clauses, 'show ID') };
  },
};
