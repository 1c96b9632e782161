/** What another policy would have decided differently. */

/** What became of a request or a statement, or what was seen of its result. */
export const SIMULATED_OUTCOMES = [
  'automatic',
  'votes',
  'break-glass',
  'refused',
  'allowed',
  'held',
  'denied',
  'stopped',
  'shown',
  'masked',
] as const;
export type SimulatedOutcome = (typeof SIMULATED_OUTCOMES)[number];

/** How a decision would change. */
export interface DecisionChange {
  readonly from: SimulatedOutcome;
  readonly to: SimulatedOutcome;
  /** The access policy, rule or mask that decides differently. */
  readonly because: string;
  /** In words, by the other policy. */
  readonly reason: string;
}

interface ChangedDecision extends DecisionChange {
  /** ISO 8601: when it was asked. */
  readonly at: string;
  readonly resource: string;
  readonly role: string;
}

/** One decision of the past that would be another. */
export type SimulatedChange =
  | (ChangedDecision & {
      readonly subject: 'request';
      readonly requestId: string;
      /** Who would have held the access. */
      readonly holder: string;
    })
  | (ChangedDecision & {
      readonly subject: 'statement';
      readonly sessionId: string;
      /** Counts from 1 within the session. */
      readonly statement: number;
      /** Without the values in it, cut. */
      readonly text: string;
    });

/** How many were looked at, how many would be decided differently, and how many could not be looked at. */
export interface SimulatedCount {
  readonly compared: number;
  readonly changed: number;
  readonly skipped: number;
}

/** Decisions that would change in the same way. */
export interface ImpactGroup {
  readonly subject: SimulatedChange['subject'];
  readonly from: SimulatedOutcome;
  readonly to: SimulatedOutcome;
  readonly because: string;
  readonly count: number;
  /** The first of them: a request's id, or a session's and the statement's number. */
  readonly example: string;
}

export interface PolicyImpact {
  readonly version: string;
  /** The version in force that it was compared with. */
  readonly baseVersion: string;
  /** How far back it looked, in milliseconds. */
  readonly sinceMs: number;
  readonly requests: SimulatedCount;
  readonly statements: SimulatedCount;
  /** The largest first, at most 50. */
  readonly groups: readonly ImpactGroup[];
  /** What keeps it from being the whole truth: recordings that are elsewhere, a limit that was reached. */
  readonly notes: readonly string[];
}

export interface SimulationProgress {
  readonly done: number;
  readonly total: number;
}
