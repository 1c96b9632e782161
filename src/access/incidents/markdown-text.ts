/** Text in Markdown (CommonMark) that means nothing but itself, and code that no fence lets out. */
import { visibleText } from '../../core/visible-text.ts';

const LINE_CHARACTERS_MAX = 1_000;
const CODE_CHARACTERS_MAX = 4_000;
/** Everything that CommonMark or a chat client gives a meaning (CommonMark 0.31, section 2.4). */
const PUNCTUATION = /[!-/:-@[-`{-~]/g;
const FENCE_MIN = 3;
/** Punctuation that means nothing inside of a line. */
const HARMLESS: ReadonlySet<string> = new Set([',', '.', ';', "'", '%', '?', '/', '=', '$', '"']);

/** One line in which no character means anything but itself. */
export function plainMarkdown(text: string): string {
  return oneLine(text).replaceAll(PUNCTUATION, (character) =>
    HARMLESS.has(character) ? character : `\\${character}`,
  );
}

/** One line without what hides or reorders others, cut where it is too long. */
export function oneLine(text: string): string {
  return visibleText(cutText(text.replaceAll(/\s+/g, ' ').trim(), LINE_CHARACTERS_MAX));
}

/** Lines of code without what hides or reorders others, cut where they are too long. */
export function shownCode(code: string): string {
  return visibleText(cutText(code, CODE_CHARACTERS_MAX));
}

/** The lines of a fenced block, indented by two so that it stays in its item. */
export function fencedLines(code: string): string[] {
  const shown = shownCode(code);
  const fence = fenceFor(shown);
  return [`  ${fence}`, ...shown.split('\n').map((line) => `  ${line}`), `  ${fence}`];
}

/** Longer than any run of backticks in the text. */
function fenceFor(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  return '`'.repeat(Math.max(FENCE_MIN, longest + 1));
}

/** Between code points, and says that it did. */
function cutText(text: string, charactersMax: number): string {
  const points = [...text];
  return points.length <= charactersMax ? text : `${points.slice(0, charactersMax).join('')}…`;
}
