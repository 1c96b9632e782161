/** What to do instead of commands that move files by a protocol of their own, which nobody could judge by the file. */
import { baseName } from '../../../policies/analyzers/shell/hidden-runs.ts';
import type { ProgramRun, ShellStatement } from '../../../policies/analyzers/shell/shell-statement.ts';

const LEGACY_SCP =
  'The old protocol of scp is not read here. Use scp without -O, which moves files over SFTP; before OpenSSH 9 that is scp -s, or use sftp.';
const RSYNC =
  'Files that rsync moves are not judged one by one. Use sftp or scp, or ask for a role that lists rsync among its programs.';

function programsOf(statements: readonly ShellStatement[]): readonly ProgramRun[] {
  return statements.flatMap(({ programs }) => programs);
}

/** What a client of the old protocol runs on the host: `scp -t` or `-f`, among other letters. */
function isLegacyScp({ name, arguments: given }: ProgramRun): boolean {
  return baseName(name) === 'scp' && given.some((word) => /^-[a-zA-Z]*[tf]$/.test(word));
}

/** Refuses, under every role, what moves files past the rules about files; null for other commands. */
export function transferRefusal(
  statements: readonly ShellStatement[],
): { readonly rule: string; readonly reason: string } | null {
  return programsOf(statements).some(isLegacyScp) ? { rule: 'legacy-scp', reason: LEGACY_SCP } : null;
}

/** A sentence for whoever was refused; null where there is nothing to do instead. */
export function transferAdvice(statements: readonly ShellStatement[]): string | null {
  const isRsync = ({ name, arguments: [first] }: ProgramRun): boolean =>
    baseName(name) === 'rsync' && first === '--server';
  return programsOf(statements).some(isRsync) ? RSYNC : null;
}
