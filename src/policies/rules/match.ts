/** Does a rule's `match` hold for one statement? Every condition that is given must hold. */
import type { Relation, StatementAnalysis } from '../../core/statement.ts';
import type { CommandRule } from '../document/schema.ts';
import { matchesPattern } from './name-pattern.ts';

/** `name` in any schema, or `schema.name`. Where the text names no schema, any schema may be meant. */
function relationMatches(pattern: string, relation: Relation): boolean {
  const dot = pattern.indexOf('.');
  const namePattern = pattern.slice(dot + 1);
  if (!matchesPattern({ pattern: namePattern, text: relation.name })) return false;
  if (dot < 0 || relation.schema === null) return true;
  return matchesPattern({ pattern: pattern.slice(0, dot), text: relation.schema });
}

/**
 * True when the rule means this statement. What only shows while rows flow (`rowsOver`, `bytesOver`) is counted
 * elsewhere, over the statements that are meant here. A match about a shell (`programs`) is refused when the
 * configuration is read; should it come here, it holds, because a rule that cannot be judged must not let
 * anything through.
 */
export function ruleMatches(match: CommandRule['match'], statement: StatementAnalysis): boolean {
  if (match.effects !== undefined && !match.effects.some((effect) => statement.effects.includes(effect))) {
    return false;
  }
  if (match.missingWhere === true && !statement.flags.includes('missing-where')) return false;
  const { relations } = match;
  if (relations === undefined) return true;
  return relations.some((pattern) =>
    statement.relations.some((relation) => relationMatches(pattern, relation)),
  );
}
