/** `delegate`: somebody decides in one's place until a date, once they accept; alone it lists what is delegated. */

import { texts } from '../texts/texts.ts';
import { readClauses, usageError } from './clauses.ts';
import type { CommandSpec } from './command-spec.ts';
import { readId, readPerson } from './identifiers.ts';
import { parseUntil, UNTIL_CHARACTERS_MAX } from './until.ts';

const USAGE = 'delegate [@user until DATE | accept ID | decline ID]';

export const DELEGATE_COMMAND: CommandSpec = {
  name: 'delegate',
  usage: USAGE,
  examples: ['delegate @dana until friday', 'delegate accept d-k3q7mzra', 'delegate'],
  parse: (input) => {
    const answer = input.words[0]?.text.toLowerCase();
    const answers = answer === 'accept' || answer === 'decline';
    const clauses = readClauses(
      { ...input, usage: USAGE },
      {
        positionalsMax: answers ? 2 : 1,
        clauses: [{ keyword: 'until', takes: 'text', charactersMax: UNTIL_CHARACTERS_MAX }],
      },
    );
    const [to] = clauses.positionals;
    if (answers) {
      const id = readId({ ...clauses, positionals: clauses.positionals.slice(1) }, USAGE);
      return { name: 'answer-delegation', id, accepts: answer === 'accept' };
    }
    const until = clauses.values.get('until');
    if (to === undefined) {
      if (until === undefined) return { name: 'delegations' };
      throw usageError(texts().usage.missingDelegate, USAGE);
    }
    const account = readPerson(to, USAGE);
    if (until === undefined) throw usageError(texts().usage.missingUntil, USAGE);
    return { name: 'delegate', account, until: parseUntil(until) };
  },
};
