/** `extend`: more time for live access, without disconnecting. */

import { parseDuration } from '../../core/duration.ts';
import { REASON_CHARACTERS_MAX } from '../../core/request.ts';
import { readClauses } from './clauses.ts';
import type { CommandSpec } from './command-spec.ts';
import { readOptionalId } from './identifiers.ts';

const USAGE = 'extend [ID] by 30m because TEXT';

export const EXTEND_COMMAND: CommandSpec = {
  name: 'extend',
  usage: USAGE,
  examples: ['extend by 30m because the backfill is not through', 'extend g-abcd2345 by 1h'],
  parse: (input) => {
    const clauses = readClauses(
      { ...input, usage: USAGE },
      {
        positionalsMax: 1,
        clauses: [
          { keyword: 'by', takes: 'word', charactersMax: 40 },
          { keyword: 'because', takes: 'text', charactersMax: REASON_CHARACTERS_MAX },
        ],
      },
    );
    const by = clauses.values.get('by');
    return {
      name: 'extend',
      id: readOptionalId(clauses, USAGE),
      byMs: by === undefined ? null : parseDuration(by),
      reason: clauses.values.get('because') ?? null,
    };
  },
};
