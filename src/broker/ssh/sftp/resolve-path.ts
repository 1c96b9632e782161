/**
 * Follows links on the target, part by part, so that rules judge the file itself. It does not ask for REALPATH: some
 * servers answer that by the text alone. What is judged is also what is sent, so a link that is put in place later
 * leads nowhere new, unless it takes the place of a directory within that moment.
 */
import type { FilePath } from '../../../policies/analyzers/files/file-statement.ts';
import { readName } from './file-names.ts';

const LINKS_MAX = 40;
const PARTS_MAX = 256;

/** What the target says of a path. `unknown`: it does not tell, or not whether it is a link. */
export type PathKind = 'link' | 'directory' | 'other' | 'missing' | 'unknown';

export interface PathQuestions {
  /** Of the path itself, not of what it links to. */
  kindOf(path: string): Promise<PathKind>;
  /** What a link says; null when the target does not tell. */
  readLink(path: string): Promise<Buffer | null>;
}

const isPart = (part: string): boolean => part !== '' && part !== '.';

const pathOf = (parts: readonly string[]): string => `/${parts.join('/')}`;

/** What the names say, links or not. */
function byNames(parts: readonly string[]): string {
  const found: string[] = [];
  for (const part of parts) {
    if (part === '..') found.pop();
    else found.push(part);
  }
  return pathOf(found);
}

/** The parts up to the next `..`. */
function runOf(parts: readonly string[]): readonly string[] {
  const end = parts.indexOf('..');
  return end < 0 ? parts : parts.slice(0, end);
}

/**
 * @param path from `/`
 * @param options.follow false where the operation is about a link and not about what it leads to
 * @returns a `guess` where the target does not say enough
 */
export async function resolvePath(
  path: string,
  options: { readonly follow: boolean; readonly ask: PathQuestions },
): Promise<FilePath> {
  const { follow, ask } = options;
  const done: string[] = [];
  let left = path.split('/').filter(isPart);
  let links = 0;
  while (left.length > 0) {
    if (left[0] === '..') {
      done.pop();
      left = left.slice(1);
      continue;
    }
    if (done.length + left.length > PARTS_MAX) break;
    const run = runOf(left);
    const kinds = await kindsOf(done, run, { ask, all: follow || run.length < left.length });
    const stop = kinds.findIndex((kind) => kind !== 'directory' && kind !== 'other');
    done.push(...run.slice(0, stop < 0 ? run.length : stop));
    left = left.slice(stop < 0 ? run.length : stop);
    if (stop < 0) continue;
    if (kinds[stop] === 'missing' && !left.includes('..'))
      return { path: pathOf([...done, ...left]), certainty: 'exact' };
    const target =
      kinds[stop] === 'link' && links < LINKS_MAX
        ? await readTarget(ask, [...done, ...left.slice(0, 1)])
        : null;
    if (target === null) break;
    links += 1;
    if (target.startsWith('/')) done.length = 0;
    left = [...target.split('/').filter(isPart), ...left.slice(1)];
  }
  return left.length === 0
    ? { path: pathOf(done), certainty: 'exact' }
    : { path: byNames([...done, ...left]), certainty: 'guess' };
}

/** All at once: one way to the target and back. */
function kindsOf(
  done: readonly string[],
  run: readonly string[],
  { ask, all }: { readonly ask: PathQuestions; readonly all: boolean },
): Promise<PathKind[]> {
  return Promise.all(
    run.map((_part, at) => {
      if (!all && at === run.length - 1) return 'other';
      return ask.kindOf(pathOf([...done, ...run.slice(0, at + 1)]));
    }),
  );
}

async function readTarget(ask: PathQuestions, parts: readonly string[]): Promise<string | null> {
  const bytes = await ask.readLink(pathOf(parts));
  const target = bytes === null ? null : readName(bytes);
  return target === '' ? null : target;
}
