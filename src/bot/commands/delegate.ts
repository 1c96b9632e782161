/** `delegate`: somebody decides in one's place until a date; alone it lists what is delegated. */
import { readClauses, usageError } from './clauses.ts';
import type { CommandSpec } from './command-spec.ts';
import { readPerson } from './identifiers.ts';
import { parseUntil, UNTIL_CHARACTERS_MAX } from './until.ts';

const USAGE = 'delegate [@user until DATE]';

export const DELEGATE_COMMAND: CommandSpec = {
  name: 'delegate',
  usage: USAGE,
  summary: 'Let somebody decide in your place until a date. Alone: what is delegated by you and to you.',
  examples: ['delegate @dana until friday', 'delegate @dana@example.com until 2026-12-24', 'delegate'],
  parse: (input) => {
    const clauses = readClauses(
      { ...input, usage: USAGE },
      {
        positionalsMax: 1,
        clauses: [{ keyword: 'until', takes: 'text', charactersMax: UNTIL_CHARACTERS_MAX }],
      },
    );
    const [to] = clauses.positionals;
    const until = clauses.values.get('until');
    if (to === undefined) {
      if (until === undefined) return { name: 'delegations' };
      throw usageError('To whom? A person is missing.', USAGE);
    }
    const account = readPerson(to, USAGE);
    if (until === undefined) throw usageError('Until when? A date is missing.', USAGE);
    return { name: 'delegate', account, until: parseUntil(until) };
  },
};
