/** What another policy would have decided differently: the outcome of a simulation, without its single decisions. */

/** What became, or would have become, of a request or a statement. */
export const SIMULATED_OUTCOMES = [
  'allowed',
  'held',
  'denied',
  'stopped',
  'automatic',
  'votes',
  'break-glass',
  'refused',
] as const;
export type SimulatedOutcome = (typeof SIMULATED_OUTCOMES)[number];

/** How many were looked at, how many would be decided differently, and how many could not be looked at. */
export interface SimulatedCount {
  readonly compared: number;
  readonly changed: number;
  readonly skipped: number;
}

/** Decisions that would change in the same way. */
export interface ImpactGroup {
  readonly subject: 'request' | 'statement';
  readonly from: SimulatedOutcome;
  readonly to: SimulatedOutcome;
  /** The policy or rule that decides differently. */
  readonly because: string;
  readonly count: number;
  /** Of the first: a request's id, or session and statement number. */
  readonly example: string;
}

export interface PolicyImpact {
  /** How far back it looked, in milliseconds. */
  readonly sinceMs: number;
  readonly requests: SimulatedCount;
  readonly statements: SimulatedCount;
  /** The largest first, at most 50. */
  readonly groups: readonly ImpactGroup[];
  /** What keeps it from being the whole truth: recordings that are elsewhere, a limit that was reached. */
  readonly notes: readonly string[];
}
