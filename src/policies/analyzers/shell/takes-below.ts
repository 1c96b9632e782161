/**
 * Programs that take a directory with everything in it, so that what lies below is found under another name, is changed
 * or is read. The text cannot tell a directory from a file.
 */
import { baseName } from './hidden-runs.ts';
import { hasLetter, hasLong } from './options.ts';
import type { ProgramRun } from './shell-statement.ts';

/** True when these arguments make it do so. */
type Judge = (given: readonly string[]) => boolean;

const always: Judge = () => true;
const recursive: Judge = (given) => hasLetter(given, /R/) || hasLong(given, '--recursive');
const search: Judge = (given) =>
  hasLetter(given, /[rRd]/) || hasLong(given, '--recursive', '--dereference-recursive', '--directories');

const PROGRAMS: ReadonlyMap<string, Judge> = new Map([
  ['mv', always],
  ['ln', always],
  ['tar', always],
  ['rsync', always],
  ['find', always],
  // Most often of a directory; of a device it hides what was there.
  ['mount', always],
  ['cp', (given) => hasLetter(given, /[rRa]/) || hasLong(given, '--recursive', '--archive')],
  ['rm', (given) => hasLetter(given, /[rR]/) || hasLong(given, '--recursive')],
  ['chmod', recursive],
  ['chown', recursive],
  ['chgrp', recursive],
  ['grep', search],
  ['egrep', search],
  ['fgrep', search],
  ['rgrep', always],
  ['zip', (given) => hasLetter(given, /[rR]/) || hasLong(given, '--recurse-paths', '--recurse-patterns')],
]);

/** What the shell fills in becomes no option: patterns that could are not read. */
export function takesBelow({ name, arguments: given }: ProgramRun): boolean {
  return PROGRAMS.get(baseName(name))?.(given) ?? false;
}
