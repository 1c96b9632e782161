/** `link`: which chat accounts act as somebody. */
import { readClauses, unexpected } from './clauses.ts';
import type { CommandSpec } from './command-spec.ts';

const LINK_USAGE = 'link [code]';

export const LINK_COMMAND: CommandSpec = {
  name: 'link',
  usage: LINK_USAGE,
  examples: ['link', 'link code'],
  parse: (input) => {
    const { positionals } = readClauses({ ...input, usage: LINK_USAGE }, { positionalsMax: 1, clauses: [] });
    const [word] = positionals;
    if (word === undefined) return { name: 'link', what: 'page' };
    if (word.toLowerCase() === 'code') return { name: 'link', what: 'code' };
    throw unexpected(word.slice(0, 60), { meant: null, usage: LINK_USAGE });
  },
};
