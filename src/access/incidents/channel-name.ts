/** The name of the channel that is made for an incident. */

/** Slack's limit. */
const NAME_CHARACTERS_MAX = 80;
const WORDS_CHARACTERS_MAX = 30;
const DEFAULT_PATTERN = 'inc-*';

/**
 * `inc-20261122-checkout-is-down-k3q7mzra`: it fits one of the policy's patterns, so that it is an incident's by its
 * name alone, and no two are the same. Lower-case letters, digits, hyphens and what the pattern has.
 * @param of.id `i-` and 8 characters
 */
export function channelNameFor(of: {
  readonly title: string;
  readonly id: string;
  readonly at: Date;
  readonly patterns: readonly string[];
}): string {
  const date = of.at.toISOString().slice(0, 10).replaceAll('-', '');
  const words = of.title
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, WORDS_CHARACTERS_MAX)
    .replaceAll(/^-+|-+$/g, '');
  const own = of.id.replace(/^i-/, '');
  const middle = [date, words, own].filter((part) => part !== '').join('-');
  // Of several stars the first stands for all that differs.
  const pattern = of.patterns.find((one) => one.includes('*') && one.length <= NAME_CHARACTERS_MAX / 4);
  const [before = '', ...after] = (pattern ?? DEFAULT_PATTERN).split('*');
  return `${before}${middle}${after.join('')}`.slice(0, NAME_CHARACTERS_MAX);
}
