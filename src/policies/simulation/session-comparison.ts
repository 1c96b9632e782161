/** How what was recorded of a session is compared, whatever it was with. */
import type { DecisionChange } from '../../core/policy-impact.ts';
import type { ReplayedStatement } from './replayed-statement.ts';

export interface SessionComparison {
  /** True when nothing can change: what applies to the session is the same in both. */
  readonly isSame: boolean;
  /** Why `compare` leaves some out, as a clause. */
  readonly skippedBecause: string;
  /** What is said beside the counts of such sessions, in words that go behind a number; null for nothing. */
  readonly remark: string | null;
  /** @returns the changes, none when both decide alike; null for a statement that cannot be replayed */
  compare(statement: ReplayedStatement): readonly DecisionChange[] | null;
  /** The text for those who may not see the recording. */
  withoutValues(statement: ReplayedStatement): string;
}
