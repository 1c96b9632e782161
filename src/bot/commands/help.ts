import { readClauses } from './clauses.ts';
import type { CommandSpec } from './command-spec.ts';

export const HELP_COMMAND: CommandSpec = {
  name: 'help',
  usage: 'help [COMMAND]',
  examples: ['help request'],
  parse: (input) => {
    const clauses = readClauses({ ...input, usage: 'help [COMMAND]' }, { positionalsMax: 1, clauses: [] });
    return { name: 'help', topic: clauses.positionals[0]?.toLowerCase().slice(0, 40) ?? null };
  },
};
