/** What another policy would change, as text: a unified difference, within limits that suit a card and a terminal. */
import { createTwoFilesPatch } from 'diff';

const CONTEXT_LINES = 3;
/** Of lines added and removed; beyond that nobody reads it, and finding the shortest one takes long. */
const EDITS_MAX = 5_000;
const CHARACTERS_MAX = 200_000;

/** @returns a unified patch; cut, or replaced by one line that says so, where it would be too large to be read */
export function policyDifference(
  before: { readonly version: string; readonly text: string },
  after: { readonly version: string; readonly text: string },
): string {
  const patch = createTwoFilesPatch(
    before.version,
    after.version,
    before.text,
    after.text,
    undefined,
    undefined,
    { context: CONTEXT_LINES, maxEditLength: EDITS_MAX },
  );
  if (patch === undefined) {
    return `--- ${before.version}\n+++ ${after.version}\nMore than ${EDITS_MAX} lines differ: read the two versions themselves.\n`;
  }
  const text = patch.slice(patch.indexOf('--- '));
  if (text.length <= CHARACTERS_MAX) return text;
  const shown = text.slice(0, text.lastIndexOf('\n', CHARACTERS_MAX) + 1);
  const left = text.slice(shown.length).trimEnd().split('\n').length;
  return `${shown}… ${left} more lines of the difference are not shown: read the two versions themselves.\n`;
}
