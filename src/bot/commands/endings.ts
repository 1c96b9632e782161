/** `cancel`, `done` and `revoke`: the three ways access ends before its time. */
import { NOTE_CHARACTERS_MAX } from '../../core/request.ts';
import { texts } from '../texts/texts.ts';
import { readClauses, usageError } from './clauses.ts';
import type { CommandSpec } from './command-spec.ts';
import { readId, readMention, readOptionalId } from './identifiers.ts';

const CANCEL_USAGE = 'cancel ID';
const DONE_USAGE = 'done [ID]';
const REVOKE_USAGE = 'revoke ID|@user [because TEXT]';

export const CANCEL_COMMAND: CommandSpec = {
  name: 'cancel',
  usage: CANCEL_USAGE,
  examples: ['cancel r-7k2m'],
  parse: (input) => {
    const clauses = readClauses({ ...input, usage: CANCEL_USAGE }, { positionalsMax: 1, clauses: [] });
    return { name: 'cancel', id: readId(clauses, CANCEL_USAGE) };
  },
};

export const DONE_COMMAND: CommandSpec = {
  name: 'done',
  usage: DONE_USAGE,
  examples: ['done', 'done g-abcd2345'],
  parse: (input) => {
    const clauses = readClauses({ ...input, usage: DONE_USAGE }, { positionalsMax: 1, clauses: [] });
    return { name: 'done', id: readOptionalId(clauses, DONE_USAGE) };
  },
};

export const REVOKE_COMMAND: CommandSpec = {
  name: 'revoke',
  usage: REVOKE_USAGE,
  examples: ['revoke g-abcd2345 because the laptop is lost', 'revoke @alice@example.com'],
  parse: (input) => {
    const clauses = readClauses(
      { ...input, usage: REVOKE_USAGE },
      {
        positionalsMax: 1,
        clauses: [{ keyword: 'because', takes: 'text', charactersMax: NOTE_CHARACTERS_MAX }],
      },
    );
    const reason = clauses.values.get('because') ?? null;
    const [target] = clauses.positionals;
    if (target?.startsWith('@')) {
      const account = readMention(target);
      if (account === null) throw usageError(texts().usage.namesNobody(target.slice(0, 60)), REVOKE_USAGE);
      return { name: 'revoke', target: { kind: 'person', account }, reason };
    }
    return { name: 'revoke', target: { kind: 'grant', id: readId(clauses, REVOKE_USAGE) }, reason };
  },
};
