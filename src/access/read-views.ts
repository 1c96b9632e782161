/** Rows -> views. Lists are read in a fixed number of queries, however long they are. */
import type { Seat } from '../core/request.ts';
import { EFFECTS, type Effect } from '../core/statement.ts';
import { seatVoters } from '../policies/access/quorum.ts';
import type { GrantRow, RequestRow, VoteRow } from '../store/entities/access.ts';
import type { IdentityRow } from '../store/entities/identity.ts';
import type { SessionRow } from '../store/entities/session.ts';
import type { Database } from '../store/open-store.ts';
import { listGrantsOfRequests } from '../store/operations/grants.ts';
import { listVotes } from '../store/operations/requests.ts';
import type { GrantView, PartyView, RequestView, SeatView, SessionView, VoteView } from './views.ts';

export function partyOf(row: IdentityRow): PartyView {
  return { id: row.id, kind: row.kind, name: row.name, email: row.email };
}

export async function requestViews(db: Database, rows: readonly RequestRow[]): Promise<RequestView[]> {
  const requestIds = rows.map((row) => row.id);
  const [votes, grants] = [
    await listVotes(db, { requestIds }),
    await listGrantsOfRequests(db, { requestIds }),
  ];
  return rows.map((row) => {
    const own = votes.filter((vote) => vote.request.id === row.id);
    const grant = grants.find((candidate) => candidate.request.id === row.id);
    return requestView(row, own, grant);
  });
}

function requestView(row: RequestRow, votes: readonly VoteRow[], grant: GrantRow | undefined): RequestView {
  return {
    id: row.id,
    state: row.state,
    requester: partyOf(row.requester),
    resource: row.resource,
    resourceKind: row.resourceKind,
    role: row.role,
    durationMs: row.durationMs,
    reason: row.reason,
    ticket: row.ticket ?? null,
    incident: row.incident ?? null,
    origin: row.origin ?? null,
    policy: row.policy,
    policyVersion: row.policyVersion,
    explanation: row.explanation,
    automatic: row.approval.kind === 'auto',
    seats: row.approval.kind === 'votes' ? seatViews(row.approval.seats, votes) : [],
    votes: votes.map(voteView),
    createdAt: row.createdAt,
    lapsesAt: row.lapsesAt,
    decidedAt: row.decidedAt ?? null,
    grant: grant === undefined ? null : grantView(grant, row, votes),
  };
}

function voteView(vote: VoteRow): VoteView {
  return {
    person: partyOf(vote.identity),
    verdict: vote.verdict,
    note: vote.note ?? null,
    durationMs: vote.durationMs ?? null,
    platform: vote.platform,
    at: vote.createdAt,
  };
}

/** Who fills which seat, of those who approved. */
export function seatViews(
  seats: readonly Seat[],
  votes: readonly Pick<VoteRow, 'identity' | 'verdict' | 'claims'>[],
): SeatView[] {
  const approving = votes.filter((vote) => vote.verdict === 'approve');
  const filled = seatVoters(
    seats,
    approving.map((vote) => ({ id: vote.identity.id, claims: vote.claims })),
  );
  return seats.map((seat, index) => ({
    ...seat,
    filledBy: (filled[index] ?? []).flatMap((id) =>
      approving.filter((vote) => vote.identity.id === id).map((vote) => partyOf(vote.identity)),
    ),
  }));
}

export async function grantViews(db: Database, rows: readonly GrantRow[]): Promise<GrantView[]> {
  const votes = await listVotes(db, { requestIds: rows.map((row) => row.request.id) });
  return rows.map((row) =>
    grantView(
      row,
      row.request,
      votes.filter((vote) => vote.request.id === row.request.id),
    ),
  );
}

function grantView(
  row: GrantRow,
  request: Omit<RequestRow, 'requester'>,
  votes: readonly VoteRow[],
): GrantView {
  return {
    id: row.id,
    requestId: request.id,
    state: row.state,
    holder: partyOf(row.holder),
    approvers: approversOf(votes),
    resource: request.resource,
    resourceKind: request.resourceKind,
    role: request.role,
    reason: request.reason,
    incident: request.incident ?? null,
    origin: request.origin ?? null,
    durationMs: row.durationMs,
    startsAt: row.startsAt,
    expiresAt: row.expiresAt,
    endedAt: row.endedAt ?? null,
    endedBy: row.endedBy == null ? null : partyOf(row.endedBy),
    revealed: row.scram != null,
  };
}

function approversOf(votes: readonly VoteRow[]): PartyView[] {
  return votes.filter((vote) => vote.verdict === 'approve').map((vote) => partyOf(vote.identity));
}

export async function sessionViews(db: Database, rows: readonly SessionRow[]): Promise<SessionView[]> {
  const votes = await listVotes(db, { requestIds: rows.map((row) => row.grant.request.id) });
  return rows.map((row) => {
    const { grant } = row;
    const { request } = grant;
    return {
      id: row.id,
      grantId: grant.id,
      requestId: request.id,
      holder: partyOf(grant.holder),
      approvers: approversOf(votes.filter((vote) => vote.request.id === request.id)),
      resource: request.resource,
      resourceKind: request.resourceKind,
      role: request.role,
      reason: request.reason,
      incident: request.incident ?? null,
      origin: request.origin ?? null,
      clientAddress: row.clientAddress,
      application: row.application ?? null,
      startedAt: row.startedAt,
      lastSeenAt: row.lastSeenAt,
      endedAt: row.endedAt ?? null,
      endReason: row.endReason ?? null,
      counts: row.counts,
      riskiest: row.riskiest.map((statement) => ({
        ...statement,
        at: new Date(statement.at),
        operation: effectNamed(statement.operation),
      })),
      recordingHead: row.recordingHead ?? null,
    };
  });
}

function effectNamed(text: string): Effect {
  return EFFECTS.find((effect) => effect === text) ?? 'unknown';
}
