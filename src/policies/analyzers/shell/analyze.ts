/**
 * Text for a shell -> what each of its commands would do, and the text that is sent in its place. Pure and
 * synchronous; it never throws, and what it cannot read has the effect `unknown`.
 */
import { SHELL_EFFECTS, type ShellEffect } from '../../../core/statement.ts';
import { isAccessFile, isAccessProgram } from './access-files.ts';
import { canonicalCommand, canonicalScript } from './canonical.ts';
import { isElsewhere, isObeyed, runsOthers } from './hidden-runs.ts';
import { afterChange, type Directories, pathsInArgument, pathsOf } from './paths.ts';
import { readScript } from './read-script.ts';
import type { HiddenRun, PathUse, ProgramRun, ShellAnalysis, ShellStatement } from './shell-statement.ts';
import { startedPrograms } from './started-programs.ts';
import type { Redirection, SimpleCommand, Word } from './syntax.ts';
import { takesBelow } from './takes-below.ts';

export type { ShellAnalysis, ShellStatement } from './shell-statement.ts';

/** What may be written to without a trace. */
const NOWHERE = '/dev/null';

function unreadable(text: string, problem: string, position?: number): ShellAnalysis {
  const statement: ShellStatement = {
    text,
    effects: ['unknown'],
    relations: [],
    functions: [],
    flags: [],
    programs: [],
    paths: [],
    hidden: [],
  };
  return { statements: [statement], canonical: null, parseError: problem, errorPosition: position };
}

/** A word as rules see it: what the program gets, patterns as they are written. */
function shownWord(word: Word): string {
  return word.map(({ text }) => text).join('');
}

function hiddenIn(settings: SimpleCommand['settings'], programs: readonly ProgramRun[]): HiddenRun[] {
  const obeyed = settings.filter(isObeyed).map(({ name }): HiddenRun => ({ name, because: 'variable' }));
  const run = programs.flatMap(({ name, arguments: given }): HiddenRun[] => {
    const others: HiddenRun[] = runsOthers(name, given) ? [{ name, because: 'runs-others' }] : [];
    return isElsewhere(name) ? [...others, { name, because: 'elsewhere' }] : others;
  });
  return [...obeyed, ...run];
}

function hasPattern(word: Word): boolean {
  return word.some(({ kind }) => kind === 'pattern');
}

function pathsOfArgument(word: Word, directories: Directories): PathUse[] {
  const isPattern = hasPattern(word);
  return pathsInArgument(shownWord(word), directories).map(({ path, certainty }) => {
    return { path, certainty: isPattern && certainty === 'exact' ? 'pattern' : certainty, access: 'named' };
  });
}

const ACCESSES = {
  '<': ['read'],
  '<>': ['read', 'write'],
  '>': ['write'],
  '>>': ['write'],
  '>|': ['write'],
} as const;

function pathsOfRedirection(redirection: Redirection, directories: Directories): PathUse[] {
  if (redirection.kind !== 'file' || redirection.target === NOWHERE) return [];
  const paths = pathsOf(redirection.target, directories);
  return ACCESSES[redirection.operator].flatMap((access) => paths.map((one) => ({ ...one, access })));
}

function effectsOf(found: Pick<ShellStatement, 'programs' | 'paths' | 'hidden'>): ShellStatement['effects'] {
  const { programs, paths, hidden } = found;
  const effects = new Set<ShellEffect>(['run']);
  if (paths.some(({ access }) => access === 'read')) effects.add('read-file');
  if (paths.some(({ access }) => access === 'write')) effects.add('write-file');
  if (paths.some(isAccessFile) || programs.some(({ name }) => isAccessProgram(name)))
    effects.add('access-admin');
  if (hidden.length > 0) effects.add('indirect');
  return SHELL_EFFECTS.filter((effect) => effects.has(effect));
}

function analyzeCommand(command: SimpleCommand, directories: Directories): ShellStatement {
  const run = {
    name: command.name,
    arguments: command.arguments.map(shownWord),
    patterns: command.arguments.filter(hasPattern).map(shownWord),
  };
  const firstPattern = command.arguments.findIndex(hasPattern);
  const literalArguments = firstPattern < 0 ? command.arguments.length : firstPattern;
  const { programs, unread } = startedPrograms(run, literalArguments);
  const hidden = hiddenIn(command.settings, programs);
  if (unread !== null) hidden.push({ name: unread, because: 'unread' });
  const named = command.arguments.flatMap((word) => pathsOfArgument(word, directories));
  const paths = [
    ...(programs.some(takesBelow) ? named.map((one): PathUse => ({ ...one, reach: 'below' })) : named),
    ...command.redirections.flatMap((one) => pathsOfRedirection(one, directories)),
  ];
  const found = { programs, paths, hidden };
  const text = canonicalCommand(command);
  return { text, effects: effectsOf(found), relations: [], functions: [], flags: [], ...found };
}

/**
 * Analyses a text of any number of commands (section 7 of the design). At most 32,768 characters are read.
 * @param directory where the commands start, from `/`; null where that is not known: then no relative path is
 */
export function analyzeShell(
  text: string,
  { directory }: { readonly directory: string | null },
): ShellAnalysis {
  const { script, problem, position } = readScript(text);
  if (script === null) return unreadable(text, problem, position);
  const statements: ShellStatement[] = [];
  let directories: Directories = [directory];
  for (const command of script.flatMap((list) => list.flatMap(({ pipeline }) => pipeline.commands))) {
    const statement = analyzeCommand(command, directories);
    statements.push(statement);
    const change = statement.programs.find(
      ({ name }) => name === 'cd' || name === 'pushd' || name === 'popd',
    );
    if (change !== undefined) directories = afterChange(directories, change.arguments);
  }
  return { statements, canonical: canonicalScript(script), parseError: null };
}
