import type { Variable } from './hold.ts';

/** Controls but line feeds and tabs; what sets direction (UAX 9), hides, or takes no room; other line breaks. */
const HIDDEN =
  /[\p{Cc}--[\n\t]]|[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff9-\ufffb]/gv;

/**
 * A command as it can be shown to whoever decides about it: every character of it, nothing cut or trimmed.
 * Line feeds and tabs stay; what would reorder, hide or take no room is written out as `\u{202e}`, the
 * joiners included, since two names that differ by one must not look alike.
 */
export function visibleText(text: string): string {
  return text.toWellFormed().replace(HIDDEN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** Variables of an environment, one to a line: `NAME="…"`. */
export function variablesInLines(variables: readonly Variable[]): string {
  return variables
    .map(({ name, value }) => `${visibleText(name)}=${visibleText(JSON.stringify(value))}`)
    .join('\n');
}

/** Bound parameters, one to a line: `$1 = "…"`, quoted so that where each ends is plain to see. */
export function parametersInLines(parameters: readonly (string | null)[]): string {
  return parameters
    .map((value, index) => `$${index + 1} = ${value === null ? 'NULL' : visibleText(JSON.stringify(value))}`)
    .join('\n');
}
