/**
 * An operation on files over SFTP, or a forwarded connection -> the statement that roles and rules judge. Both read as
 * programs (`sftp`, `ssh-forward`) with arguments, so that rules about programs, arguments and paths mean them too.
 */
import { SHELL_EFFECTS, type ShellEffect } from '../../../core/statement.ts';
import { isAccessFile } from '../shell/access-files.ts';
import { literalText } from '../shell/canonical.ts';
import type { PathUse, ShellStatement } from '../shell/shell-statement.ts';

export const FILE_PROGRAM = 'sftp';
export const FORWARD_PROGRAM = 'ssh-forward';

interface PathRole {
  readonly access: PathUse['access'];
  /** True where what lies below goes with it, if the first path is a directory. */
  readonly withBelow?: true;
}

const LOOKED_AT: PathRole = { access: 'named' };
const READ: PathRole = { access: 'read' };
const WRITTEN: PathRole = { access: 'write' };
const LINKED: PathRole = { access: 'read', withBelow: true };
const MOVED: PathRole = { access: 'write', withBelow: true };

/**
 * What SFTP can do, by the words that people know from its clients -> what happens to each path. Those that only look
 * tell names and attributes. A hard link gives a file a second name, under which it can be read and written. What is
 * removed as a directory is empty.
 */
const OPERATIONS = {
  get: [[READ]],
  put: [[WRITTEN]],
  edit: [[READ, WRITTEN]],
  ls: [[LOOKED_AT]],
  stat: [[LOOKED_AT]],
  readlink: [[LOOKED_AT]],
  realpath: [[LOOKED_AT]],
  df: [[LOOKED_AT]],
  users: [],
  setstat: [[WRITTEN]],
  rm: [[WRITTEN]],
  mkdir: [[WRITTEN]],
  rmdir: [[WRITTEN]],
  rename: [[MOVED], [MOVED]],
  symlink: [[{ access: 'named', withBelow: true }], [WRITTEN]],
  link: [[LINKED, MOVED], [MOVED]],
  copy: [[READ], [WRITTEN]],
} as const satisfies Record<string, readonly (readonly PathRole[])[]>;

export type FileOperation = keyof typeof OPERATIONS;

/** A path as it was resolved on the target. */
export type FilePath = Pick<PathUse, 'path' | 'certainty'>;

/** True where it matters whether the first path is a directory. */
export function takesWhatIsBelow(operation: FileOperation): boolean {
  const roles: readonly (readonly PathRole[])[] = OPERATIONS[operation];
  return roles[0]?.some(({ withBelow }) => withBelow === true) ?? false;
}

function isBelowAccess({ path, certainty }: FilePath): boolean {
  const below = `${path === '/' ? '' : path}/*`;
  return certainty === 'exact' && isAccessFile({ path: below, certainty: 'pattern', access: 'named' });
}

/**
 * @param of.paths as many as the operation takes, in its order
 * @param of.isLeaf the first path is known to be no directory, so nothing lies below it
 * @param of.details what else it does, such as `mode=0644`: shown, and arguments for rules
 */
export function fileStatement(of: {
  readonly operation: FileOperation;
  readonly paths: readonly FilePath[];
  readonly isLeaf?: boolean;
  readonly details?: readonly string[];
}): ShellStatement {
  const { operation, paths, isLeaf = false, details = [] } = of;
  const roles: readonly (readonly PathRole[])[] = OPERATIONS[operation];
  const uses = paths.flatMap(({ path, certainty }, index) => {
    return (roles[index] ?? [MOVED]).map(({ access, withBelow }): PathUse => {
      const use = { path, certainty, access };
      if (withBelow !== true) return { ...use, reach: 'itself' };
      return isLeaf ? use : { ...use, reach: 'below' };
    });
  });
  const effects = new Set<ShellEffect>(['run']);
  if (uses.some(({ access }) => access === 'read')) effects.add('read-file');
  if (uses.some(({ access }) => access === 'write')) effects.add('write-file');
  const moved = uses.filter(({ reach }) => reach !== 'itself');
  // Where it cannot be told what a path leads to, it could be one of them.
  const isUnsure = uses.some(({ certainty }) => certainty === 'guess');
  if (isUnsure || uses.some(isAccessFile) || moved.some(isBelowAccess)) effects.add('access-admin');
  const words = [operation, ...details, ...paths.map(({ path }) => path)];
  return {
    text: [FILE_PROGRAM, ...words.map(literalText)].join(' '),
    effects: SHELL_EFFECTS.filter((effect) => effects.has(effect)),
    relations: [],
    functions: [],
    flags: [],
    programs: [{ name: FILE_PROGRAM, arguments: words, patterns: [] }],
    paths: uses,
    hidden: [],
  };
}

/** True for an operation that tells names and attributes and nothing else. */
export function isLook({ effects }: ShellStatement): boolean {
  return !effects.includes('read-file') && !effects.includes('write-file');
}

/** True for what `fileStatement` makes. The program `sftp`, run as a command, could run others, and is none. */
export function isFileStatement({ programs, hidden }: ShellStatement): boolean {
  const [program, ...others] = programs;
  const [operation = ''] = program?.arguments ?? [];
  if (program?.name !== FILE_PROGRAM || others.length > 0 || hidden.length > 0) return false;
  return Object.hasOwn(OPERATIONS, operation);
}

/**
 * Reads `sftp OPERATION PATH…`, for questions about the policy: paths from `/`, without `..`, and what is moved could be
 * a directory. Null for other text.
 */
export function readFileStatement(text: string): ShellStatement | null {
  const [program, operation = '', ...paths] = text.trim().split(/\s+/);
  if (program !== FILE_PROGRAM || !Object.hasOwn(OPERATIONS, operation)) return null;
  const named = operation as FileOperation;
  const isPlain = (path: string): boolean => /^(?:\/(?!\.{1,2}(?:\/|$))[^/]+)+$|^\/$/.test(path);
  if (paths.length !== OPERATIONS[named].length || !paths.every(isPlain)) return null;
  return fileStatement({
    operation: named,
    paths: paths.map((path) => ({ path, certainty: 'exact' })),
  });
}

/** What a client offers the target of its own: the keys of its agent, its screen. */
export const OFFERS = ['agent', 'x11'] as const;
export type Offer = (typeof OFFERS)[number];

export type Forward =
  /** `to`: the target connects; `listen`: it accepts connections for the client. */
  { readonly direction: 'to' | 'listen'; readonly destination: string } | { readonly direction: Offer };

export function forwardStatement(of: Forward): ShellStatement {
  const words = wordsOf(of);
  return {
    text: [FORWARD_PROGRAM, ...words.map(literalText)].join(' '),
    effects: ['run'],
    relations: [],
    functions: [],
    flags: [],
    programs: [{ name: FORWARD_PROGRAM, arguments: words, patterns: [] }],
    paths: [],
    hidden: [],
  };
}

function wordsOf(of: Forward): readonly string[] {
  switch (of.direction) {
    case 'to':
      return [of.destination];
    case 'listen':
      return ['listen', of.destination];
    default:
      return [of.direction];
  }
}
