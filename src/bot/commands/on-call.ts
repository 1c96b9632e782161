/** `oncall`: who would be asked about a resource right now. */

import { texts } from '../texts/texts.ts';
import { readClauses, usageError } from './clauses.ts';
import type { CommandSpec } from './command-spec.ts';
import { readName } from './identifiers.ts';

const USAGE = 'oncall RESOURCE';

export const ON_CALL_COMMAND: CommandSpec = {
  name: 'oncall',
  usage: USAGE,
  examples: ['oncall orders-db'],
  parse: (input) => {
    const clauses = readClauses({ ...input, usage: USAGE }, { positionalsMax: 1, clauses: [] });
    const resource = readName(clauses.positionals[0], 'resource');
    if (resource === null) throw usageError(texts().usage.missingResource, USAGE);
    return { name: 'oncall', resource };
  },
};
