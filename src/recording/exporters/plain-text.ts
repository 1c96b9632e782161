/** What stood in a recording, as text that a terminal may get. */
import { UNSAFE_CHARACTERS } from './unsafe-characters.ts';

/** Time of day in UTC, to the millisecond. */
export function timeOf(atMs: number, startedAtMs: number): string {
  const at = new Date(startedAtMs + atMs);
  return Number.isNaN(at.getTime()) ? `+${atMs} ms` : at.toISOString().slice(11, 23);
}

/** On one line, and nothing in it that drives a terminal. */
export function oneLine(text: string): string {
  return visible(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}

/** Keeps tabs and line feeds; writes the rest of what could move a cursor as `\u{1b}`. */
export function visible(text: string): string {
  return text.replace(UNSAFE_CHARACTERS, (character) =>
    character === '\n' || character === '\t' ? character : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
