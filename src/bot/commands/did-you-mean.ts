/** Suggestions for a misspelt word: the nearest known one, when it is near enough to be what was meant. */

const CHARACTERS_MAX = 40;

/** @returns the nearest candidate within a third of the word's length (at most 2 edits), or null */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  if (word.length === 0 || word.length > CHARACTERS_MAX) return null;
  const wanted = word.toLowerCase();
  let best: string | null = null;
  let bestEdits = Math.min(2, Math.ceil(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    if (candidate.length > CHARACTERS_MAX) continue;
    const edits = editsBetween(wanted, candidate.toLowerCase());
    if (edits < bestEdits) {
      best = candidate;
      bestEdits = edits;
    }
  }
  return best;
}

/** Optimal string alignment distance: insert, remove, replace and swap of neighbours cost one each. */
function editsBetween(from: string, to: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) cost = Math.min(cost, (beforePrevious[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[to.length] ?? 0;
}
