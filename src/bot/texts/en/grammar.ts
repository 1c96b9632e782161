/** Plurals, lists and the short phrases that English sentences end with. */

const PLURALS = new Intl.PluralRules('en-GB');
const LISTS = new Intl.ListFormat('en-GB', { type: 'conjunction' });

/** `1 request`, `2 requests`. */
export function counted(count: number, one: string, other: string): string {
  return `${count} ${PLURALS.select(count) === 'one' ? one : other}`;
}

/** `Bob, Dana and Eve`. */
export function listed(parts: readonly string[]): string {
  return LISTS.format(parts);
}

export function by(name: string | null): string {
  return name === null ? '' : ` by ${name}`;
}

export function at(instant: string | null): string {
  return instant === null ? '' : ` at ${instant}`;
}

/** The end of a sentence: with what somebody wrote, or with a full stop. */
export function saying(note: string | null): string {
  return note ? `: ${note}` : '.';
}
