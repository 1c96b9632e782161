/** `link` and `unlink`: which chat accounts act as somebody. */
import { readClauses, usageError } from './clauses.ts';
import type { CommandSpec } from './command-spec.ts';

const LINK_USAGE = 'link [code]';
const UNLINK_USAGE = 'unlink';

export type LinkCommand =
  /** Alone: the page to link this account on, or what is linked. `code`: what that page asks for. */
  { readonly name: 'link'; readonly what: 'page' | 'code' } | { readonly name: 'unlink' };

export const LINK_COMMAND: CommandSpec = {
  name: 'link',
  usage: LINK_USAGE,
  summary: 'Link this chat account to your sign-in, or see which accounts are linked to you.',
  examples: ['link', 'link code'],
  parse: (input) => {
    const { positionals } = readClauses({ ...input, usage: LINK_USAGE }, { positionalsMax: 1, clauses: [] });
    const [word] = positionals;
    if (word === undefined) return { name: 'link', what: 'page' };
    if (word.toLowerCase() === 'code') return { name: 'link', what: 'code' };
    throw usageError(`I did not expect "${word.slice(0, 60)}" here.`, LINK_USAGE);
  },
};

export const UNLINK_COMMAND: CommandSpec = {
  name: 'unlink',
  usage: UNLINK_USAGE,
  summary: 'The chat accounts that are linked to you, with buttons to unlink them.',
  examples: ['unlink'],
  parse: (input) => {
    readClauses({ ...input, usage: UNLINK_USAGE }, { positionalsMax: 0, clauses: [] });
    return { name: 'unlink' };
  },
};
