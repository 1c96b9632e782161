/** Rules that count what flows back: which there are, and which of them a statement is counted by. */
import type { StatementAnalysis } from '../../core/statement.ts';
import type { CommandRule } from '../document/schema.ts';
import { ruleMatches } from './match.ts';

/** What counts are summed over. */
export type EgressSpan = NonNullable<CommandRule['match']['per']>;

export interface EgressLimit {
  readonly rule: string;
  /** In the operator's words, for the client. */
  readonly message: string | null;
  readonly per: EgressSpan;
  /** As many may pass; one more stops the session. Null: not counted. */
  readonly rowsMax: number | null;
  readonly bytesMax: number | null;
  readonly match: CommandRule['match'];
}

/** True for a rule that says nothing before the statement runs, because it counts what the statement returns. */
export function countsResults({ action, match }: CommandRule): boolean {
  return action === 'stop' && (match.rowsOver !== undefined || match.bytesOver !== undefined);
}

/** True where a rule that counts bytes names `write-file`: then what is written to a host counts, too. */
export function countsUploads(rules: readonly CommandRule[]): boolean {
  return rules.some((rule) => countsResults(rule) && rule.match.effects?.includes('write-file') === true);
}

/** The limits among the rules of a resource. */
export function egressLimits(rules: readonly CommandRule[]): EgressLimit[] {
  return rules.filter(countsResults).map(({ name, message, match }) => ({
    rule: name,
    message: message ?? null,
    per: match.per ?? 'statement',
    rowsMax: match.rowsOver ?? null,
    bytesMax: match.bytesOver ?? null,
    match,
  }));
}

/** The limits that count for a text: those whose other conditions hold for any of its statements. */
export function limitsOf(
  limits: readonly EgressLimit[],
  statements: readonly StatementAnalysis[],
): readonly EgressLimit[] {
  return limits.filter(({ match }) => statements.some((statement) => ruleMatches(match, statement)));
}
