/** Variables that the broker gives commands of a guided shell itself: they keep programs from starting a pager. */
export const OWN_VARIABLES: ReadonlyMap<string, string> = new Map([
  ['TERM', 'dumb'],
  ['PAGER', 'cat'],
  ['GIT_PAGER', 'cat'],
]);
