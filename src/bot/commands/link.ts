/** `link`: which chat accounts act as somebody. */
import { readClauses, usageError } from './clauses.ts';
import type { CommandSpec } from './command-spec.ts';

const LINK_USAGE = 'link [code]';

export const LINK_COMMAND: CommandSpec = {
  name: 'link',
  usage: LINK_USAGE,
  summary: 'Link this chat account to your sign-in, or see and unlink the accounts that are linked to you.',
  examples: ['link', 'link code'],
  parse: (input) => {
    const { positionals } = readClauses({ ...input, usage: LINK_USAGE }, { positionalsMax: 1, clauses: [] });
    const [word] = positionals;
    if (word === undefined) return { name: 'link', what: 'page' };
    if (word.toLowerCase() === 'code') return { name: 'link', what: 'code' };
    throw usageError(`I did not expect "${word.slice(0, 60)}" here.`, LINK_USAGE);
  },
};
