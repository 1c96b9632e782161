/** What was found of a command, a file or a forward when it was recorded, as far as the recording tells it. */
import type { StatementAnalysis } from '../../core/statement.ts';
import { FORWARD_PROGRAM, isFileStatement } from '../analyzers/files/file-statement.ts';
import { analyzeShell } from '../analyzers/shell/analyze.ts';
import type { ShellStatement } from '../analyzers/shell/shell-statement.ts';
import type { FoundOnHost } from '../rules/decide-on-host.ts';
import { REPLAYED_CHARACTERS_MAX, type ReplayedStatement } from './replayed-statement.ts';

/**
 * The programs and files from the recording: those knew where the command started, what was set there and where the
 * links of the target led. That a text is not read is found anew.
 * @returns null for what cannot be replayed: it is too long, or its recording says nothing of programs
 */
export function foundWhenRecorded({
  text,
  analysis,
}: Pick<ReplayedStatement, 'text' | 'analysis'>): FoundOnHost | null {
  if (text.length > REPLAYED_CHARACTERS_MAX || !analysis.every(isOfShell)) return null;
  if (isFileOrForward(analysis)) return { analysis, canonical: null, parseError: null };
  const anew = analyzeShell(text, { directory: null });
  const { statements, canonical, parseError } = anew;
  const isAlike = parseError === null && statements.length === analysis.length;
  return { analysis: isAlike ? analysis : statements, canonical, parseError };
}

function isOfShell(analysis: StatementAnalysis): analysis is ShellStatement {
  return 'programs' in analysis && 'paths' in analysis && 'hidden' in analysis;
}

/** A command named like one of the two is told apart by what is known of every program: the files in its arguments. */
function isFileOrForward([statement, ...others]: readonly ShellStatement[]): boolean {
  if (statement === undefined || others.length > 0) return false;
  if (isFileStatement(statement)) return true;
  const [program] = statement.programs;
  return program?.name === FORWARD_PROGRAM && statement.paths.length === 0;
}
