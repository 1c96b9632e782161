/** What Tab does to a line: the longest beginning that all candidates share, or a list of them. */
import { visibleText } from '../../../../core/visible-text.ts';
import type { Line } from '../line/motions.ts';
import { nameInQuotes, type WordAtCursor, wordAtCursor } from './word-at-cursor.ts';

/** A file, or a program. */
export interface Candidate {
  readonly name: string;
  readonly isDirectory: boolean;
}

export interface CandidateSources {
  /** Names of programs, of aliases and of the broker's own commands. */
  programs(): readonly string[];
  /** @param directory as it was typed up to its last `/`; empty for the current one */
  files(directory: string): Promise<readonly Candidate[]>;
}

export type Completion =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'insert'; readonly from: number; readonly to: number; readonly text: string }
  /** In order of their names. */
  | { readonly kind: 'choices'; readonly names: readonly string[] };

const NOTHING: Completion = { kind: 'nothing' };

function candidatesFor(
  { isProgram }: WordAtCursor,
  directory: string,
  sources: CandidateSources,
): Promise<readonly Candidate[]> {
  if (!isProgram || directory !== '') return sources.files(directory);
  return Promise.resolve(sources.programs().map((name) => ({ name, isDirectory: false })));
}

function sharedStart(names: readonly string[]): string {
  const [first = '', ...others] = names;
  let length = first.length;
  for (const other of others) {
    while (!other.startsWith(first.slice(0, length))) length -= 1;
  }
  // Not half of a surrogate pair.
  return first.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}

function isOffered({ name }: Candidate, start: string): boolean {
  if (!name.startsWith(start) || name === '.' || name === '..') return false;
  if (name.startsWith('.') && !start.startsWith('.')) return false;
  return visibleText(name) === name && !/[\n\t\ufffd]/.test(name);
}

/** What ends a word that is complete. */
function ending({ isDirectory }: Candidate, { quote }: WordAtCursor): string {
  return isDirectory ? '/' : `${quote} `;
}

export async function complete(line: Line, sources: CandidateSources): Promise<Completion> {
  const word = wordAtCursor(line.text, line.cursor);
  if (word.value === null) return NOTHING;
  const slash = word.value.lastIndexOf('/') + 1;
  const start = word.value.slice(slash);
  const offered = (await candidatesFor(word, word.value.slice(0, slash), sources)).filter((candidate) =>
    isOffered(candidate, start),
  );
  const [only, ...others] = offered;
  if (only === undefined) return NOTHING;
  const at = { from: word.from, to: line.cursor };
  if (others.length === 0)
    return { kind: 'insert', ...at, text: `${nameInQuotes(only.name, word.quote)}${ending(only, word)}` };
  const shared = sharedStart(offered.map(({ name }) => name));
  if (shared.length > start.length) return { kind: 'insert', ...at, text: nameInQuotes(shared, word.quote) };
  const names = offered.map(({ name, isDirectory }) => `${name}${isDirectory ? '/' : ''}`);
  return { kind: 'choices', names: [...new Set(names)].sort() };
}
