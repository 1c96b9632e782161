/** Programs that draw on a terminal, which a command has not: they would hang, or show nothing of use. */
import { baseName } from '../../../../policies/analyzers/shell/hidden-runs.ts';
import type { ProgramRun, ShellStatement } from '../../../../policies/analyzers/shell/shell-statement.ts';
import type { HostPolicy } from '../../../../policies/rules/host-policy.ts';

const FULL_SCREEN: ReadonlySet<string> = new Set(
  'aptitude atop byobu cfdisk cmus dialog elinks emacs gitui glances htop iftop info iotop irssi joe k9s lazygit less links lynx man mc micro more most mutt nano ncdu nethogs nmtui nnn nvim nvtop pico ranger screen tig tmux top vi view vim vimdiff visudo w3m watch whiptail zellij'.split(
    ' ',
  ),
);

function drawsOnTerminal({ name, arguments: given }: ProgramRun): boolean {
  // It prints and ends: `top -b -n 1`.
  if (baseName(name) === 'top' && given.some((word) => /^-[A-Za-z]*b/.test(word))) return false;
  if (given.includes('--version') || given.includes('--help')) return false;
  return FULL_SCREEN.has(baseName(name));
}

/** @returns the program that wants the whole screen; null where none does */
export function fullScreenProgram(statements: readonly ShellStatement[]): string | null {
  return statements.flatMap(({ programs }) => programs).find(drawsOnTerminal)?.name ?? null;
}

/** Why it is refused, and how to ask for a terminal. */
export function fullScreenRefusal(program: string, { resource }: HostPolicy): readonly string[] {
  const [raw] = Object.entries(resource.roles).find(([, { shell }]) => shell === 'raw') ?? [];
  const way =
    raw === undefined
      ? `No role of ${resource.name} has a raw shell.`
      : `For a raw shell ask for the role ${raw}: /access request ${resource.name} as ${raw} for 1h because …, or sallyport request ${resource.name} --role ${raw} --for 1h --because ….`;
  const instead = ['less', 'more', 'most'].includes(baseName(program))
    ? ` Leave ${program} out: output is shown as it comes.`
    : '';
  return [`${program} needs a terminal, and commands here have none.${instead}`, way];
}
