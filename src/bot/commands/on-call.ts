/** `oncall`: who would be asked about a resource right now. */
import { readClauses, usageError } from './clauses.ts';
import type { CommandSpec } from './command-spec.ts';
import { readName } from './identifiers.ts';

const USAGE = 'oncall RESOURCE';

export const ON_CALL_COMMAND: CommandSpec = {
  name: 'oncall',
  usage: USAGE,
  summary: 'Who is on call for a resource.',
  examples: ['oncall orders-db'],
  parse: (input) => {
    const clauses = readClauses({ ...input, usage: USAGE }, { positionalsMax: 1, clauses: [] });
    const resource = readName(clauses.positionals[0], 'resource');
    if (resource === null) throw usageError('For which resource? A name is missing.', USAGE);
    return { name: 'oncall', resource };
  },
};
