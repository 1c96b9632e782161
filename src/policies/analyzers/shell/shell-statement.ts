/** What is known about a command of a shell before it runs. */
import type { StatementAnalysis } from '../../../core/statement.ts';

/** A program that is started, with its arguments. A pattern of file names stands as it is written. */
export interface ProgramRun {
  readonly name: string;
  readonly arguments: readonly string[];
  /** Those of the arguments that the shell on the target fills in. */
  readonly patterns: readonly string[];
}

/** A file that is named: by a redirection, which tells what happens to it, or as an argument. */
export interface PathUse {
  /** From `/`, without `.`, `..` and doubled slashes; as it is written where the directory is not known. */
  readonly path: string;
  /**
   * `pattern`: the shell on the target fills in names. `guess`: the directory is not known, or a link before `..` could
   * lead elsewhere. Links in exact paths are not known either.
   */
  readonly certainty: 'exact' | 'pattern' | 'guess';
  readonly access: 'read' | 'write' | 'named';
  /**
   * `itself`: nothing below a directory is touched. `below`: if it is one, all that lies below goes with it. Absent: a
   * program may go down.
   */
  readonly reach?: 'itself' | 'below';
}

/** Why something unseen may run. */
export interface HiddenRun {
  /** The program, or the variable. */
  readonly name: string;
  /**
   * `runs-others`: it runs what its arguments, its input or a file says. `elsewhere`: nobody but its place says what
   * it is. `variable`: a variable that programs obey. `unread`: a program that starts another, called in a way that
   * is not read.
   */
  readonly because: 'runs-others' | 'elsewhere' | 'variable' | 'unread';
}

/** One simple command; its `text` is what is sent for it. */
export interface ShellStatement extends StatementAnalysis {
  /** The program, and those that it is asked to start: `sudo`, then what follows. */
  readonly programs: readonly ProgramRun[];
  readonly paths: readonly PathUse[];
  /** What makes up the effect `indirect`. */
  readonly hidden: readonly HiddenRun[];
}

/** The analysis of one text. */
export interface ShellAnalysis {
  readonly statements: readonly ShellStatement[];
  /** What is sent to the target in place of the text; null when that could not be read. */
  readonly canonical: string | null;
  /** Why the text could not be read, as a clause; then there is one statement, whose effect is unknown. */
  readonly parseError: string | null;
  /** Where reading stopped, in characters from 1. */
  readonly errorPosition?: number | undefined;
}
