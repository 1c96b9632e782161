/** What inspecting a text of SQL found, and what could come of it. Plain data but for the parse trees. */
import type { Verdict } from '../../core/verdict.ts';
import type { SqlStatement } from '../../policies/analyzers/sql/analyze.ts';
import type { Inspection } from '../gate.ts';
import type { Release, RunByName } from './client-names.ts';

/** What a statement could bring out of masked columns. */
export interface Exposure {
  /** A column whose origin the target does not name could hold masked data. */
  readonly readsMasked: boolean;
  /** Errors and notices could quote masked rows. */
  readonly quotesMasked: boolean;
  /** Functions of the target's users could raise any error with any text. */
  readonly callsUserCode: boolean;
}

export interface SqlInspection extends Inspection {
  /** With their parse trees, which stay in memory. */
  readonly statements: readonly SqlStatement[];
  readonly parseError: string | null;
  /** Set with `parseError` for an error of syntax: where it is, in characters from 1. */
  readonly errorPosition?: number | undefined;
  /** What the statements run without showing it. */
  readonly runs: readonly RunByName[];
  /** The names whose meaning the statements end. */
  readonly releases: readonly Release[];
  /** The names that the statements give to others. */
  readonly defines: readonly RunByName[];
  /** They run code that could give names which nobody sees. */
  readonly definesUnseen: boolean;
  /** Set when a worker thread inspected a large text; the trees have stayed there, and what needs them is here. */
  readonly decided: DecidedElsewhere | null;
}

export interface DecidedElsewhere {
  readonly verdict: Verdict;
  readonly exposure: Exposure;
  /** As `normalize` gives it, cut; null where it was not worth another parse. */
  readonly normalized: string | null;
}
