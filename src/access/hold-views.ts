import type { HoldRow, HoldVoteRow } from '../store/entities/hold.ts';
import type { Database } from '../store/open-store.ts';
import { listHoldVotes } from '../store/operations/holds.ts';
import { partyOf, seatViews } from './read-views.ts';
import type { HoldView, HoldVoteView } from './views.ts';

/** Rows -> views, in one more query however many they are. */
export async function holdViews(db: Database, rows: readonly HoldRow[]): Promise<HoldView[]> {
  const votes = await listHoldVotes(db, { holdIds: rows.map((row) => row.id) });
  return rows.map((row) =>
    holdView(
      row,
      votes.filter((vote) => vote.hold.id === row.id),
    ),
  );
}

function holdView(row: HoldRow, votes: readonly HoldVoteRow[]): HoldView {
  const { grant } = row.session;
  const { request } = grant;
  return {
    id: row.id,
    state: row.state,
    sessionId: row.session.id,
    grantId: grant.id,
    requestId: request.id,
    holder: partyOf(grant.holder),
    resource: request.resource,
    resourceKind: request.resourceKind,
    role: request.role,
    incident: request.incident ?? null,
    origin: request.origin ?? null,
    statement: row.statement,
    text: row.text,
    textSha256: row.textSha256,
    parameters: row.parameters,
    effects: row.effects,
    relations: row.relations,
    context: row.context,
    rule: row.rule,
    reason: row.reason,
    policyVersion: row.policyVersion,
    seats: seatViews(row.seats, votes),
    votes: votes.map(voteView),
    scope: row.scope ?? null,
    note: row.note ?? null,
    withdrawnBecause: row.withdrawnBecause ?? null,
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
    decidedAt: row.decidedAt ?? null,
  };
}

function voteView(vote: HoldVoteRow): HoldVoteView {
  return {
    person: partyOf(vote.identity),
    onBehalfOf: vote.onBehalfOf == null ? null : partyOf(vote.onBehalfOf),
    verdict: vote.verdict,
    scope: vote.scope,
    note: vote.note ?? null,
    platform: vote.platform,
    at: vote.createdAt,
  };
}
