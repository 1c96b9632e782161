import type { PolicyChangeSource, PolicyChangeState } from '../core/policy-change.ts';
import type { PolicyImpact } from '../core/policy-impact.ts';
import type { VoteVerdict } from '../core/request.ts';
import type { PolicyChangeRow, PolicyChangeVoteRow } from '../store/entities/policy-change.ts';
import type { Database } from '../store/open-store.ts';
import { findPolicyInForce, listPolicyChangeVotes } from '../store/operations/policy-changes.ts';
import { partyOf, seatViews } from './read-views.ts';
import type { PartyView, SeatView } from './views.ts';

export interface PolicyChangeVoteView {
  readonly person: PartyView;
  readonly onBehalfOf: PartyView | null;
  readonly verdict: VoteVerdict;
  readonly note: string | null;
  readonly platform: string;
  readonly at: Date;
}

/** A policy that somebody wants, or wanted, put into force. */
export interface PolicyChangeView {
  /** `p-…`. */
  readonly id: string;
  readonly state: PolicyChangeState;
  /** What a vote has to name. */
  readonly version: string;
  /** The version in force when it was proposed. */
  readonly baseVersion: string;
  /** Null for one that a server found in its file. */
  readonly proposer: PartyView | null;
  readonly source: PolicyChangeSource;
  readonly comment: string | null;
  /** Empty for one that nobody had to agree to. */
  readonly seats: readonly SeatView[];
  readonly votes: readonly PolicyChangeVoteView[];
  /** Unified; it says so where it was cut. */
  readonly difference: string;
  /** Null until it has been worked out; it never is for one that nobody had to agree to. */
  readonly impact: PolicyImpact | null;
  /** True for the policy that decides now. */
  readonly inForce: boolean;
  readonly createdAt: Date;
  /** When a pending one lapses. */
  readonly lapsesAt: Date;
  readonly decidedAt: Date | null;
}

/** Rows -> views, in two more queries however many they are. */
export async function policyChangeViews(
  db: Database,
  rows: readonly PolicyChangeRow[],
): Promise<PolicyChangeView[]> {
  const votes = await listPolicyChangeVotes(db, { changeIds: rows.map((row) => row.id) });
  const inForce = await findPolicyInForce(db);
  return rows.map((row) => {
    const own = votes.filter((vote) => vote.change.id === row.id);
    return {
      id: row.id,
      state: row.state,
      version: row.version,
      baseVersion: row.baseVersion,
      proposer: row.proposer == null ? null : partyOf(row.proposer),
      source: row.source,
      comment: row.comment ?? null,
      seats: seatViews(row.seats, own),
      votes: own.map(voteView),
      difference: row.difference,
      impact: row.impact ?? null,
      inForce: inForce?.changeId === row.id,
      createdAt: row.createdAt,
      lapsesAt: row.lapsesAt,
      decidedAt: row.decidedAt ?? null,
    };
  });
}

function voteView(vote: PolicyChangeVoteRow): PolicyChangeVoteView {
  return {
    person: partyOf(vote.identity),
    onBehalfOf: vote.onBehalfOf == null ? null : partyOf(vote.onBehalfOf),
    verdict: vote.verdict,
    note: vote.note ?? null,
    platform: vote.platform,
    at: vote.createdAt,
  };
}
