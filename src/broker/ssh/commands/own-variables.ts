/** Variables that the broker gives commands of a guided shell itself: they keep programs from starting a pager. */
export const OWN_VARIABLES: ReadonlyMap<string, string> = new Map([
  ['TERM', 'dumb'],
  ['PAGER', 'cat'],
  ['GIT_PAGER', 'cat'],
]);
const COLUMNS = /^\d{1,4}$/;

/** True for what says nothing about what a command does: people who approve it are not shown it. */
export function isOwnVariable(name: string, value: string): boolean {
  return OWN_VARIABLES.get(name) === value || (name === 'COLUMNS' && COLUMNS.test(value));
}
