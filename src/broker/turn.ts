/**
 * Work put off to the end of the event loop's turn, when everything that had arrived has been read: under load
 * the connections of one turn are read one behind the other, and written one behind the other.
 */
let queued: (() => void)[] = [];

/** Runs `work` before the loop waits for new input. It must not throw. */
export function atEndOfTurn(work: () => void): void {
  if (queued.push(work) === 1) setImmediate(run);
}

function run(): void {
  const works = queued;
  queued = [];
  for (const work of works) work();
}
