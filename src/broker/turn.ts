/**
 * Work put off to the end of the event loop's turn, when everything that had arrived has been read: under load
 * the connections of one turn are read one behind the other, and written one behind the other.
 */
let queued: (() => void)[] = [];

/**
 * @param work runs before the loop waits for new input; it must not throw
 * @returns asks for it, and once is as good as often within a turn
 */
export function oncePerTurn(work: () => void): () => void {
  let asked = false;
  const run = (): void => {
    asked = false;
    work();
  };
  return () => {
    if (asked) return;
    asked = true;
    if (queued.push(run) === 1) setImmediate(runAll);
  };
}

function runAll(): void {
  const works = queued;
  queued = [];
  for (const work of works) work();
}
