/** `approve` and `deny`. */
import { NOTE_CHARACTERS_MAX } from '../../core/request.ts';
import { readClauses } from './clauses.ts';
import type { CommandSpec } from './command-spec.ts';
import { readDurationClause, readId } from './identifiers.ts';

const APPROVE_USAGE = 'approve ID [for 30m] [note TEXT]';
const DENY_USAGE = 'deny ID because TEXT';

export const APPROVE_COMMAND: CommandSpec = {
  name: 'approve',
  usage: APPROVE_USAGE,
  examples: ['approve r-7k2m', 'approve r-7k2m for 30m note "only the refunds table"', 'approve h-3xq2m7ka'],
  parse: (input) => {
    const clauses = readClauses(
      { ...input, usage: APPROVE_USAGE },
      {
        positionalsMax: 1,
        clauses: [
          { keyword: 'for', takes: 'word', charactersMax: 40 },
          { keyword: 'note', takes: 'text', charactersMax: NOTE_CHARACTERS_MAX },
        ],
      },
    );
    return {
      name: 'approve',
      id: readId(clauses, APPROVE_USAGE),
      durationMs: readDurationClause(clauses),
      note: clauses.values.get('note') ?? null,
    };
  },
};

export const DENY_COMMAND: CommandSpec = {
  name: 'deny',
  usage: DENY_USAGE,
  examples: [
    'deny r-7k2m because the replica has the same rows',
    'deny h-3xq2m7ka because "use a WHERE clause"',
  ],
  parse: (input) => {
    const clauses = readClauses(
      { ...input, usage: DENY_USAGE },
      {
        positionalsMax: 1,
        clauses: [{ keyword: 'because', takes: 'text', charactersMax: NOTE_CHARACTERS_MAX }],
      },
    );
    return { name: 'deny', id: readId(clauses, DENY_USAGE), reason: clauses.values.get('because') ?? null };
  },
};
