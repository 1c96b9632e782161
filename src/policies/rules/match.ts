/** Does a rule's `match` hold for one statement? Every condition that is given must hold. */
import type { Relation, StatementAnalysis } from '../../core/statement.ts';
import { baseName } from '../analyzers/shell/hidden-runs.ts';
import { mayMeet } from '../analyzers/shell/paths.ts';
import type { PathUse, ProgramRun, ShellStatement } from '../analyzers/shell/shell-statement.ts';
import type { CommandRule } from '../document/schema.ts';
import { matchesBeginning, matchesPattern } from './name-pattern.ts';

type Match = CommandRule['match'];

/** A statement for a database, which has no programs and no paths, or a command for a shell. */
export type JudgedStatement = StatementAnalysis & Partial<Pick<ShellStatement, 'programs' | 'paths'>>;

/** `name` in any schema, or `schema.name`. Where the text names no schema, any schema may be meant. */
function relationMatches(pattern: string, relation: Relation): boolean {
  const dot = pattern.indexOf('.');
  const namePattern = pattern.slice(dot + 1);
  if (!matchesPattern({ pattern: namePattern, text: relation.name })) return false;
  if (dot < 0 || relation.schema === null) return true;
  return matchesPattern({ pattern: pattern.slice(0, dot), text: relation.schema });
}

/** By the name without its directory: a rule that narrows means the program wherever it lies. */
function programMatches(pattern: string, { name }: ProgramRun): boolean {
  return matchesPattern({ pattern: baseName(pattern), text: baseName(name) });
}

/** An argument that the shell fills in may become whatever begins as it does. */
function argumentMatches(pattern: string, run: ProgramRun): boolean {
  return (
    run.arguments.some((text) => matchesPattern({ pattern, text })) ||
    run.patterns.some((text) => mayMeet(pattern, text))
  );
}

function runMatches({ programs, arguments: patterns }: Match, run: ProgramRun): boolean {
  if (programs !== undefined && !programs.some((pattern) => programMatches(pattern, run))) return false;
  return patterns === undefined || patterns.some((pattern) => argumentMatches(pattern, run));
}

/**
 * A directory above is meant too where what lies below may be touched; and so is what cannot be told. Where all that
 * lies below goes with it, anything is meant that could have such a path in it.
 */
function pathMatches(pattern: string, { path, certainty, reach }: PathUse): boolean {
  if (certainty === 'guess') return true;
  if (certainty === 'pattern') return mayMeet(pattern, path);
  const directory = path.endsWith('/') ? path : `${path}/`;
  // What is in a directory is what its listing shows, and what goes with it.
  if ([path, directory].some((text) => matchesPattern({ pattern, text }))) return true;
  if (reach === 'below') return matchesBeginning({ pattern, start: directory });
  const [head = ''] = pattern.split('*');
  return reach !== 'itself' && head.startsWith(directory);
}

/**
 * True when the rule means this statement. What only shows while rows flow (`rowsOver`, `bytesOver`) is counted
 * elsewhere, over the statements that are meant here. Programs, arguments and paths are those of one command.
 */
export function ruleMatches(match: Match, statement: JudgedStatement): boolean {
  const { effects, relations, paths } = match;
  if (effects !== undefined && !effects.some((effect) => statement.effects.includes(effect))) return false;
  if (match.missingWhere === true && !statement.flags.includes('missing-where')) return false;
  if (match.programs !== undefined || match.arguments !== undefined) {
    if (statement.programs?.some((run) => runMatches(match, run)) !== true) return false;
  }
  if (paths?.some((pattern) => statement.paths?.some((path) => pathMatches(pattern, path))) === false)
    return false;
  if (relations === undefined) return true;
  return relations.some((pattern) =>
    statement.relations.some((relation) => relationMatches(pattern, relation)),
  );
}
