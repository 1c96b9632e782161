/**
 * Programs that start another which stands among their arguments: `sudo`, `nice`, `timeout`. Their options are read
 * strictly, so that what follows is the program for certain; else they count as hiding one.
 */
import { baseName } from './hidden-runs.ts';
import type { ProgramRun } from './shell-statement.ts';

interface Starter {
  /** Options without a value. */
  readonly flags: RegExp;
  /** Options whose value is the next word. */
  readonly valued: RegExp;
  /** Words before the program. */
  readonly operands: number;
}

const NONE = /(?!)/;

const STARTERS: Readonly<Record<string, Starter>> = {
  sudo: {
    flags: /^(?:-[nHS]+|--non-interactive|--set-home)$/,
    valued: /^(?:-u|-g|--user|--group)$/,
    operands: 0,
  },
  doas: { flags: /^-n$/, valued: /^-u$/, operands: 0 },
  nice: { flags: /^(?:-\d+|-n\d+|--adjustment=\d+)$/, valued: /^-n$/, operands: 0 },
  ionice: { flags: /^(?:-t|-c\d|-n\d)$/, valued: /^-[cn]$/, operands: 0 },
  nohup: { flags: NONE, valued: NONE, operands: 0 },
  timeout: {
    flags: /^(?:--foreground|--preserve-status|-v|--verbose|--signal=\w+|--kill-after=[\d.]+[smhd]?)$/,
    valued: /^-[ks]$/,
    operands: 1,
  },
  stdbuf: { flags: /^-[ioe][L0-9]+$/, valued: NONE, operands: 0 },
  env: { flags: /^(?:-i|-|--ignore-environment)$/, valued: NONE, operands: 0 },
  command: { flags: NONE, valued: NONE, operands: 0 },
  exec: { flags: NONE, valued: NONE, operands: 0 },
};

const STARTED_MAX = 10;

/** Where the program begins among the arguments; null where that is not certain. */
function startOfProgram({ flags, valued, operands }: Starter, given: readonly string[]): number | null {
  let at = 0;
  for (let word = given[at]; word?.startsWith('-') === true && word !== '--'; word = given[at]) {
    if (flags.test(word)) at += 1;
    else if (valued.test(word)) at += 2;
    else return null;
  }
  if (given[at] === '--') at += 1;
  at += operands;
  const name = given[at];
  // A word with = would be a variable for sudo and env.
  return name === undefined || name === '' || name.startsWith('-') || name.includes('=') ? null : at;
}

/** True when the program starts another, whatever its arguments are. */
function startsAnother(program: string): boolean {
  return Object.hasOwn(STARTERS, baseName(program));
}

/**
 * The program and those that it is asked to start, the outermost first. `unread` is the one whose arguments do not
 * say for certain what it starts; null when all are known.
 * @param literalArguments how many arguments come before the first pattern, which could become any number of words
 */
export function startedPrograms(
  outermost: ProgramRun,
  literalArguments: number,
): {
  readonly programs: readonly ProgramRun[];
  readonly unread: string | null;
} {
  const programs = [outermost];
  let before = 0;
  for (let run = outermost; startsAnother(run.name); ) {
    const starter = STARTERS[baseName(run.name)];
    const start = starter === undefined ? null : startOfProgram(starter, run.arguments);
    if (start === null || before + start >= literalArguments || programs.length >= STARTED_MAX)
      return { programs, unread: run.name };
    before += start + 1;
    run = { ...run, name: run.arguments[start] ?? '', arguments: run.arguments.slice(start + 1) };
    programs.push(run);
  }
  return { programs, unread: null };
}
