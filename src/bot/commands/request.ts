/** `request`: ask for access. Whatever is left out is asked for in the form. */
import { REASON_CHARACTERS_MAX, TICKET_CHARACTERS_MAX } from '../../core/request.ts';
import { type ClauseSpec, readClauses } from './clauses.ts';
import type { CommandSpec } from './command-spec.ts';
import {
  looksLikeTicket,
  NAME_CHARACTERS_MAX,
  readDurationClause,
  readName,
  readPerson,
} from './identifiers.ts';

const USAGE = 'request [RESOURCE] [as ROLE] [for 1h] [because TEXT] [ticket ID] [for-user @u]';

const CLAUSES: readonly ClauseSpec[] = [
  { keyword: 'as', takes: 'word', charactersMax: NAME_CHARACTERS_MAX },
  { keyword: 'for', takes: 'word', charactersMax: 40 },
  { keyword: 'because', takes: 'text', charactersMax: REASON_CHARACTERS_MAX },
  {
    keyword: 'ticket',
    takes: 'word',
    charactersMax: TICKET_CHARACTERS_MAX,
    looksRight: looksLikeTicket,
  },
  { keyword: 'for-user', takes: 'word', charactersMax: 200, looksRight: (word) => word.startsWith('@') },
];

export const REQUEST_COMMAND: CommandSpec = {
  name: 'request',
  usage: USAGE,
  examples: [
    'request orders-db for 1h because the payout job is stuck ticket OPS-12',
    'request orders-db as write for 30m because "two refunds are booked twice"',
    'request orders-db for 30m because "the release needs a migration" for-user @orders-migrator',
    'request',
  ],
  parse: (input) => {
    const clauses = readClauses({ ...input, usage: USAGE }, { positionalsMax: 1, clauses: CLAUSES });
    const beneficiary = clauses.values.get('for-user');
    return {
      name: 'request',
      resource: readName(clauses.positionals[0], 'resource'),
      role: readName(clauses.values.get('as'), 'role'),
      durationMs: readDurationClause(clauses),
      reason: clauses.values.get('because') ?? null,
      ticket: clauses.values.get('ticket') ?? null,
      beneficiary: beneficiary === undefined ? null : readPerson(beneficiary, USAGE),
    };
  },
};
