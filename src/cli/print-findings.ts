/** What `slack check` and `teams check` have found, a line each. */
import { AppError } from '../core/errors.ts';
import type { JsonOption } from './leaf-command.ts';
import { printableJson, printableLine } from './printable.ts';
import type { Terminal } from './terminal.ts';

interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** @throws AppError `config_invalid` when something is not good: the command fails then */
export function printFindings(
  terminal: Pick<Terminal, 'print'>,
  findings: readonly Finding[],
  options: JsonOption,
): void {
  const problems = findings.filter(({ ok }) => !ok);
  if (options.json) terminal.print(printableJson({ ok: problems.length === 0, findings }));
  else for (const finding of findings) terminal.print(printableLine(lineOf(finding)));
  if (problems.length === 0) return;
  throw new AppError(
    'config_invalid',
    problems.length === 1 ? 'There is a problem.' : `There are ${problems.length} problems.`,
  );
}

function lineOf({ what, ok, detail }: Finding): string {
  return `${ok ? 'ok     ' : 'PROBLEM'}  ${what}: ${detail}`;
}
