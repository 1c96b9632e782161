/** Files of a host that a session read or changed, as far as they are known: transfers, and operations on files. */
import type { RecordingEvent } from '../events.ts';

/** `written`: by a command's redirection; what programs do by themselves is not known. */
type FileAct =
  | 'uploaded'
  | 'downloaded'
  | 'removed'
  | 'renamed'
  | 'copied'
  | 'linked'
  | 'directory made'
  | 'attributes changed'
  | 'written';

export interface FileChange {
  readonly statement: number;
  readonly atMs: number;
  readonly act: FileAct;
  /** From `/` where that is known. */
  readonly path: string;
  /** Where it was renamed, copied or linked to. */
  readonly to: string | null;
  /** Null for what is not a transfer. */
  readonly bytes: number | null;
  /** Hex; null for what is not a transfer, or when the bytes did not go through in order. */
  readonly sha256: string | null;
  /** False for a transfer that was cut. */
  readonly complete: boolean;
}

type FileEvent = Extract<RecordingEvent, { readonly type: 'file' }>;
type StatementEvent = Extract<RecordingEvent, { readonly type: 'statement' }>;

const FILE_PROGRAM = 'sftp';
/** Operations on files that change something, by their word. */
const ACTS: Readonly<Record<string, FileAct>> = {
  rm: 'removed',
  rmdir: 'removed',
  rename: 'renamed',
  copy: 'copied',
  link: 'linked',
  symlink: 'linked',
  mkdir: 'directory made',
  setstat: 'attributes changed',
};
const TWO_PATHS: ReadonlySet<FileAct> = new Set<FileAct>(['renamed', 'copied', 'linked']);

export function transferOf({ statement, atMs, direction, path, ...rest }: FileEvent): FileChange {
  const { bytes, sha256, complete } = rest;
  const act = direction === 'upload' ? 'uploaded' : 'downloaded';
  return { statement, atMs, act, path, to: null, bytes, sha256, complete };
}

/** What a command or an operation that succeeded did to files, beside transfers. */
export function fileChangesOf({ statement, atMs, analysis }: StatementEvent): FileChange[] {
  const base = { statement, atMs, to: null, bytes: null, sha256: null, complete: true } as const;
  return analysis.flatMap((one): FileChange[] => {
    const operation = fileOperationOf(one);
    const paths = pathsWritten(one);
    if (operation === null)
      return paths.filter(({ isExact }) => isExact).map(({ path }) => ({ ...base, act: 'written', path }));
    const act = ACTS[operation];
    if (act === undefined) return [];
    const named = namedPaths(one);
    const [path] = named;
    if (path === undefined) return [];
    return [{ ...base, act, path, to: TWO_PATHS.has(act) ? (named.at(-1) ?? null) : null }];
  });
}

/** The word of an operation on files; null for a command. */
function fileOperationOf(analysis: object): string | null {
  const programs = 'programs' in analysis && Array.isArray(analysis.programs) ? analysis.programs : [];
  const isHidden = 'hidden' in analysis && Array.isArray(analysis.hidden) && analysis.hidden.length > 0;
  const [program, ...others]: unknown[] = programs;
  if (others.length > 0 || isHidden || typeof program !== 'object' || program === null) return null;
  if (!('name' in program) || program.name !== FILE_PROGRAM) return null;
  const words: unknown = 'arguments' in program ? program.arguments : null;
  const word: unknown = Array.isArray(words) ? words[0] : null;
  return typeof word === 'string' ? word : null;
}

interface NamedPath {
  readonly path: string;
  readonly isWritten: boolean;
  readonly isExact: boolean;
}

function pathsOf(analysis: object): NamedPath[] {
  if (!('paths' in analysis) || !Array.isArray(analysis.paths)) return [];
  return analysis.paths.flatMap((use: unknown): NamedPath[] => {
    if (typeof use !== 'object' || use === null || !('path' in use) || typeof use.path !== 'string')
      return [];
    const access: unknown = 'access' in use ? use.access : null;
    const certainty: unknown = 'certainty' in use ? use.certainty : null;
    return [{ path: use.path, isWritten: access === 'write', isExact: certainty === 'exact' }];
  });
}

function pathsWritten(analysis: object): NamedPath[] {
  return pathsOf(analysis).filter(({ isWritten }) => isWritten);
}

/** Each once, in order: a hard link names its first path twice. */
function namedPaths(analysis: object): string[] {
  return [...new Set(pathsOf(analysis).map(({ path }) => path))];
}
