/** Words that name files -> the paths that they mean, as far as the text tells. Links on the target are not known. */
import type { PathUse } from './shell-statement.ts';

/** Of the directories that a `cd` may have led to. */
const DIRECTORIES_MAX = 8;

/** Where commands may stand: null is a directory that is not known. */
export type Directories = readonly (string | null)[];

type Meaning = Pick<PathUse, 'path' | 'certainty'>;

function withoutDots(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `${path.startsWith('/') ? '/' : ''}${parts.join('/')}`;
}

function meaningOf(directory: string | null, name: string): Meaning {
  const isRelative = !name.startsWith('/');
  const path = withoutDots(isRelative && directory !== null ? `${directory}/${name}` : name);
  const isUnsure = (isRelative && directory === null) || name.split('/').includes('..');
  return { path, certainty: isUnsure ? 'guess' : 'exact' };
}

/** What in an argument may be a path: all of it, what follows `=`, and what follows a letter of an option. */
function candidatesIn(word: string): ReadonlySet<string> {
  const found = new Set<string>();
  if (!word.startsWith('-')) found.add(word);
  const equals = word.indexOf('=');
  if (equals >= 0) found.add(word.slice(equals + 1));
  const slash = word.indexOf('/');
  if (slash > 0 && (word.startsWith('-') || '=:,@'.includes(word[slash - 1] ?? '')))
    found.add(word.slice(slash));
  found.delete('');
  return found;
}

/** Every path that a file's name may mean. */
export function pathsOf(name: string, directories: Directories): readonly Meaning[] {
  return directories.map((directory) => meaningOf(directory, name));
}

/** Every path that an argument may mean. */
export function pathsInArgument(word: string, directories: Directories): readonly Meaning[] {
  return [...candidatesIn(word)].flatMap((candidate) => pathsOf(candidate, directories));
}

/** Where commands may stand after `cd`, which may also have failed. */
export function afterChange(directories: Directories, given: readonly string[]): Directories {
  const target = given.length === 1 && given[0]?.startsWith('-') === false ? given[0] : null;
  const reached =
    target === null
      ? [null]
      : pathsOf(target, directories).map(({ path, certainty }) => (certainty === 'exact' ? path : null));
  const all = [...new Set([...directories, ...reached])];
  return all.length > DIRECTORIES_MAX ? [null] : all;
}

/** What stands before the first wildcard. */
export function literalStart(pattern: string): string {
  return pattern.split(/[*?[]/)[0] ?? '';
}

/** True when names of a file that the one matches may be matched by the other too, by how both begin. */
export function mayMeet(one: string, other: string): boolean {
  const [first, second] = [literalStart(one), literalStart(other)];
  return first.startsWith(second) || second.startsWith(first);
}
