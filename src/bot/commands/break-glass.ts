/** `breakglass`: access at once, announced to everybody and reviewed after. */
import { REASON_CHARACTERS_MAX, TICKET_CHARACTERS_MAX } from '../../core/request.ts';
import { readClauses } from './clauses.ts';
import type { CommandSpec } from './command-spec.ts';
import { looksLikeTicket, NAME_CHARACTERS_MAX, readDurationClause, readName } from './identifiers.ts';

const USAGE = 'breakglass RESOURCE [as ROLE] [for 30m] because TEXT [ticket ID]';

export const BREAK_GLASS_COMMAND: CommandSpec = {
  name: 'breakglass',
  usage: USAGE,
  examples: ['breakglass orders-db because "checkout is down and nobody answers"'],
  parse: (input) => {
    const clauses = readClauses(
      { ...input, usage: USAGE },
      {
        positionalsMax: 1,
        clauses: [
          { keyword: 'as', takes: 'word', charactersMax: NAME_CHARACTERS_MAX },
          { keyword: 'for', takes: 'word', charactersMax: 40 },
          { keyword: 'because', takes: 'text', charactersMax: REASON_CHARACTERS_MAX },
          {
            keyword: 'ticket',
            takes: 'word',
            charactersMax: TICKET_CHARACTERS_MAX,
            looksRight: looksLikeTicket,
          },
        ],
      },
    );
    return {
      name: 'breakglass',
      resource: readName(clauses.positionals[0], 'resource'),
      role: readName(clauses.values.get('as'), 'role'),
      durationMs: readDurationClause(clauses),
      reason: clauses.values.get('because') ?? null,
      ticket: clauses.values.get('ticket') ?? null,
    };
  },
};
