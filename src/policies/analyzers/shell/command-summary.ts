/**
 * A command without its literals, for summaries that more people read than may see the recording. Programs, options
 * without their values and plain paths stay, as the names of tables do; every other word is `?`.
 */
import type { ProgramRun, ShellStatement } from './shell-statement.ts';

const UNREADABLE = '(a command that is not read)';
/** Longer clusters of letters could be the value of an option: `-psecret`. */
const SHORT_OPTION = /^-[A-Za-z0-9]{1,3}$/;
const LONG_OPTION = /^(--[a-z][a-z0-9-]*)(=.*)?$/s;
const PLAIN_PATH = /^\/[A-Za-z0-9._/-]{0,200}$/;
/** Programs whose first word says what they do. */
const HAVE_VERBS: ReadonlySet<string> = new Set(
  'apk apt apt-get aptitude brew dnf docker git helm ip journalctl kubectl npm pacman pip podman service snap systemctl yum zypper'.split(
    ' ',
  ),
);
const VERB = /^[a-z][a-z-]{1,19}$/;

/** @param found null for what could not be inspected */
export function commandSummary(
  found: { readonly analysis: readonly ShellStatement[]; readonly parseError: string | null } | null,
): string {
  if (found === null || found.parseError !== null) return UNREADABLE;
  return found.analysis.map(statementSummary).join('; ');
}

/** `sudo nice systemctl restart ?`: each program that is started, then the words of the last. */
function statementSummary({ programs }: ShellStatement): string {
  const last = programs.at(-1);
  if (last === undefined) return UNREADABLE;
  return [...programs.map(({ name }) => shownProgram(name)), ...wordsOf(last)].join(' ');
}

function shownProgram(name: string): string {
  return /^[A-Za-z0-9_./+[-]{1,100}$/.test(name) ? name : '?';
}

function wordsOf({ name, arguments: given }: ProgramRun): string[] {
  const verb = HAVE_VERBS.has(name) ? given.findIndex((word) => !word.startsWith('-')) : -1;
  const words = given.map((word, index) => (index === verb && VERB.test(word) ? word : shownWord(word)));
  return words.filter((word, index) => word !== '?' || words[index - 1] !== '?');
}

function shownWord(word: string): string {
  const [, option, value] = LONG_OPTION.exec(word) ?? [];
  if (option !== undefined) return value === undefined ? option : `${option}=?`;
  return SHORT_OPTION.test(word) || PLAIN_PATH.test(word) ? word : '?';
}
