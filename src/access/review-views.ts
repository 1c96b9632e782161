/** What is shown of the review that follows access which was taken in an emergency. */
import type { GrantState } from '../core/grant.ts';
import type { Origin } from '../core/request.ts';
import type { ReviewState, ReviewVerdict } from '../core/review.ts';
import type { ReviewRow, ReviewVoteRow } from '../store/entities/review.ts';
import type { Database } from '../store/open-store.ts';
import { countSessionsOfGrants, listReviewVotes } from '../store/operations/reviews.ts';
import { partyOf, seatViews } from './read-views.ts';
import type { PartyView, SeatView } from './views.ts';

export interface ReviewVoteView {
  readonly person: PartyView;
  /** Who let the reviewer decide in their place. */
  readonly onBehalfOf: PartyView | null;
  readonly verdict: ReviewVerdict;
  readonly note: string | null;
  readonly platform: string;
  readonly at: Date;
}

export interface ReviewView {
  /** `v-…`. */
  readonly id: string;
  readonly state: ReviewState;
  readonly grantId: string;
  readonly grantState: GrantState;
  readonly requestId: string;
  readonly requester: PartyView;
  readonly holder: PartyView;
  readonly resource: string;
  readonly resourceKind: string;
  readonly role: string;
  readonly reason: string;
  readonly ticket: string | null;
  readonly incident: string | null;
  readonly origin: Origin | null;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  /** A review is decided after this only. */
  readonly endedAt: Date | null;
  /** How many sessions there were under the grant. */
  readonly sessions: number;
  readonly seats: readonly SeatView[];
  readonly votes: readonly ReviewVoteView[];
  readonly createdAt: Date;
  readonly dueAt: Date;
  /** When reviewers are reminded next, while it is open. */
  readonly remindAt: Date;
  readonly reminders: number;
  readonly remindedAt: Date | null;
  readonly decidedAt: Date | null;
  /** Whose vote decided. */
  readonly decidedBy: PartyView | null;
  readonly note: string | null;
}

/** Rows -> views, in a fixed number of queries. */
export async function reviewViews(db: Database, rows: readonly ReviewRow[]): Promise<ReviewView[]> {
  const votes = await listReviewVotes(db, { reviewIds: rows.map((row) => row.id) });
  const sessions = await countSessionsOfGrants(db, { grantIds: rows.map((row) => row.grant.id) });
  return rows.map((row) =>
    reviewView(row, {
      votes: votes.filter((vote) => vote.review.id === row.id),
      sessions: sessions.get(row.grant.id) ?? 0,
    }),
  );
}

function reviewView(
  row: ReviewRow,
  { votes, sessions }: { votes: readonly ReviewVoteRow[]; sessions: number },
): ReviewView {
  const { grant } = row;
  const { request } = grant;
  return {
    id: row.id,
    state: row.state,
    grantId: grant.id,
    grantState: grant.state,
    requestId: request.id,
    requester: partyOf(request.requester),
    holder: partyOf(grant.holder),
    resource: request.resource,
    resourceKind: request.resourceKind,
    role: request.role,
    reason: request.reason,
    ticket: request.ticket ?? null,
    incident: request.incident ?? null,
    origin: request.origin ?? null,
    startsAt: grant.startsAt,
    expiresAt: grant.expiresAt,
    endedAt: grant.endedAt ?? null,
    sessions,
    seats: seatViews(
      row.seats,
      votes.map(({ identity, verdict, claims }) => ({
        identity,
        claims,
        verdict: verdict === 'justified' ? ('approve' as const) : ('deny' as const),
      })),
    ),
    votes: votes.map((vote) => ({
      person: partyOf(vote.identity),
      onBehalfOf: vote.onBehalfOf == null ? null : partyOf(vote.onBehalfOf),
      verdict: vote.verdict,
      note: vote.note ?? null,
      platform: vote.platform,
      at: vote.createdAt,
    })),
    createdAt: row.createdAt,
    dueAt: row.dueAt,
    remindAt: row.remindAt,
    reminders: row.reminders,
    remindedAt: row.remindedAt ?? null,
    decidedAt: row.decidedAt ?? null,
    decidedBy: row.decidedBy == null ? null : partyOf(row.decidedBy),
    note: row.note ?? null,
  };
}
