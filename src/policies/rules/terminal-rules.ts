/** Rules that a raw terminal cannot keep: nothing that is typed there is judged. */
import { SHELL_EFFECTS } from '../../core/statement.ts';
import type { CommandRule } from '../document/schema.ts';

const JUDGED_EFFECTS: readonly string[] = [...SHELL_EFFECTS, 'unknown'];

/**
 * @param rules those that apply to a host
 * @returns the names of those that could mean a command; such a host opens no raw terminal
 */
export function rulesAgainstTerminal(rules: readonly CommandRule[]): string[] {
  return rules.filter(({ match }) => meansCommands(match)).map(({ name }) => name);
}

/** What only counts bytes is kept in a terminal too, and what only databases have means no command. */
function meansCommands(match: CommandRule['match']): boolean {
  const { effects, relations, missingWhere, rowsOver, bytesOver, programs, paths } = match;
  if (relations !== undefined || missingWhere === true || rowsOver !== undefined) return false;
  if (effects !== undefined) return effects.some((effect) => JUDGED_EFFECTS.includes(effect));
  return (
    bytesOver === undefined || programs !== undefined || match.arguments !== undefined || paths !== undefined
  );
}
