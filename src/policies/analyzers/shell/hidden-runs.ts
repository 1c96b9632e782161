/** Which programs and variables can make something run that the command does not show. */
import { PROGRAMS_THAT_RUN_OTHERS } from './programs-that-run-others.ts';
import type { Setting } from './syntax.ts';
import { TOLD_TO_RUN_OTHERS } from './told-to-run-others.ts';

/** Directories that only the system's own packages fill. */
const SYSTEM_PROGRAM = /^\/(?:usr\/(?:local\/)?)?s?bin\/[^/]+$/;
const DYNAMIC_LOADER = /^ld(?:-linux|-musl|64|32)?[^/]*\.so/;

/** The program's name without its directory. */
export function baseName(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1);
}

/** `python3.11` is python, `gcc-12` is gcc. */
function withoutVersion(name: string): string {
  return name.replace(/[-.\d]+$/, '') || name;
}

/** True when the program, called so, can run what its words do not show. */
export function runsOthers(program: string, given: readonly string[]): boolean {
  const name = baseName(program);
  if (Object.hasOwn(TOLD_TO_RUN_OTHERS, name)) return TOLD_TO_RUN_OTHERS[name]?.(given) ?? true;
  return alwaysRunsOthers(program);
}

/** True when the program can run others whatever its arguments are, so that a list with it is no limit. */
export function alwaysRunsOthers(program: string): boolean {
  const name = baseName(program);
  return (
    [name, withoutVersion(name)].some((one) => PROGRAMS_THAT_RUN_OTHERS.has(one)) || DYNAMIC_LOADER.test(name)
  );
}

/** True when a program is named by its place, and the place is none of the system's. */
export function isElsewhere(program: string): boolean {
  return program.includes('/') && !SYSTEM_PROGRAM.test(program);
}

/** Variables that no program takes for a command, a library or a file. */
const HARMLESS_VARIABLE = /^(?:LANG|LC_[A-Z]+|TZ|NO_COLOR|COLUMNS|LINES)$/;
const HARMLESS_VALUE = /^(?:[A-Za-z0-9_][A-Za-z0-9_.@+/-]*)?$/;

/** True when programs may obey the variable: which library they load, which pager they start. */
export function isObeyed({ name, value }: Setting): boolean {
  return !HARMLESS_VARIABLE.test(name) || !HARMLESS_VALUE.test(value) || value.includes('..');
}
