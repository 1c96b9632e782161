/** Rows -> views. Lists are read in a fixed number of queries, however long they are. */
import { AppError } from '../core/errors.ts';
import type { Seat } from '../core/request.ts';
import { EFFECTS, type Effect } from '../core/statement.ts';
import { seatVoters } from '../policies/access/quorum.ts';
import type { GrantRow, RequestCommentRow, RequestRow, VoteRow } from '../store/entities/access.ts';
import type { IdentityRow } from '../store/entities/identity.ts';
import type { ReviewRow } from '../store/entities/review.ts';
import type { SessionRow } from '../store/entities/session.ts';
import type { Database } from '../store/open-store.ts';
import { listGrantsOfRequests, listReviewsOfGrants } from '../store/operations/grants.ts';
import { listComments } from '../store/operations/request-comments.ts';
import { findRequest, listVotes } from '../store/operations/requests.ts';
import type {
  CommentView,
  ConsentView,
  GrantView,
  PartyView,
  RequestView,
  SeatView,
  SessionView,
  VoteView,
} from './views.ts';
import { watchersOf } from './watch/watchers-of.ts';

export function partyOf(row: IdentityRow): PartyView {
  return { id: row.id, kind: row.kind, name: row.name, email: row.email };
}

export async function requestViews(db: Database, rows: readonly RequestRow[]): Promise<RequestView[]> {
  const requestIds = rows.map((row) => row.id);
  const extendedIds = rows.flatMap((row) => row.extendsId ?? []);
  const votes = await listVotes(db, { requestIds });
  const comments = await listComments(db, { requestIds });
  const grants = await grantViews(db, await listGrantsOfRequests(db, { requestIds, extendedIds }), votes);
  return rows.map((row) =>
    requestView(row, {
      votes: votes.filter((vote) => vote.request.id === row.id),
      comments: comments.filter((comment) => comment.request.id === row.id),
      grant: grants.find(({ id, requestId }) => requestId === row.id || id === row.extendsId) ?? null,
    }),
  );
}

/** @throws AppError `not_found` */
export async function readRequestView(db: Database, id: string): Promise<RequestView> {
  const row = await findRequest(db, { id });
  const [view] = await requestViews(db, row === null ? [] : [row]);
  if (view === undefined) throw new AppError('not_found', `There is no request ${id.slice(0, 40)}.`);
  return view;
}

interface Surroundings {
  readonly votes: readonly VoteRow[];
  readonly comments: readonly RequestCommentRow[];
  /** The one it was granted with, or that it extends. */
  readonly grant: GrantView | null;
}

function requestView(row: RequestRow, { votes, comments, grant }: Surroundings): RequestView {
  const terms = row.approval.kind === 'votes' ? row.approval : null;
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    requester: partyOf(row.requester),
    beneficiary: partyOf(row.beneficiary),
    consent: consentView(row),
    extends: row.extendsId ?? null,
    againOf: row.againOfId ?? null,
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
    seats: terms === null ? [] : seatViews(terms.seats, votes),
    votes: votes.map(voteView),
    comments: comments.map(commentView),
    stepUp: terms?.signInAgeMaxMs !== undefined,
    createdAt: row.createdAt,
    lapsesAt: row.lapsesAt,
    remindedAt: row.remindedAt ?? null,
    escalation:
      terms?.escalation === undefined || row.escalateAt == null
        ? null
        : { group: terms.escalation.group, at: row.escalateAt },
    escalatedAt: row.escalatedAt ?? null,
    tightened:
      row.tightenedAt == null ? null : { policy: row.tightenedBy ?? row.policy, at: row.tightenedAt },
    decidedAt: row.decidedAt ?? null,
    closed: closedView(row),
    grant,
  };
}

function consentView(row: RequestRow): ConsentView | null {
  if (row.consentFrom == null) return null;
  return {
    from: row.consentFrom,
    given: row.consentedAt != null,
    by: row.consentedBy == null ? null : partyOf(row.consentedBy),
    at: row.consentedAt ?? null,
  };
}

function closedView({ closedBecause, closedBy }: RequestRow): RequestView['closed'] {
  if (closedBecause == null) return null;
  return { because: closedBecause, by: closedBy == null ? null : partyOf(closedBy) };
}

function commentView({ author, text, platform, createdAt }: RequestCommentRow): CommentView {
  return { author: partyOf(author), text, platform, at: createdAt };
}

function voteView(vote: VoteRow): VoteView {
  return {
    person: partyOf(vote.identity),
    onBehalfOf: vote.onBehalfOf == null ? null : partyOf(vote.onBehalfOf),
    verdict: vote.verdict,
    note: vote.note ?? null,
    durationMs: vote.durationMs ?? null,
    steppedUp: vote.steppedUp,
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

/** @param known votes that were read before; those of other requests are read now */
export async function grantViews(
  db: Database,
  rows: readonly GrantRow[],
  known: readonly VoteRow[] = [],
): Promise<GrantView[]> {
  const unknown = rows.filter((row) => known.every((vote) => vote.request.id !== row.request.id));
  const votes = [...known, ...(await listVotes(db, { requestIds: unknown.map((row) => row.request.id) }))];
  const reviewed = rows.filter((row) => row.request.kind === 'break-glass');
  const reviews = await listReviewsOfGrants(db, { grantIds: reviewed.map((row) => row.id) });
  return rows.map((row) =>
    grantView(row, {
      votes: votes.filter((vote) => vote.request.id === row.request.id),
      review: reviews.find((review) => review.grant.id === row.id),
    }),
  );
}

function grantView(
  row: GrantRow,
  { votes, review }: { votes: readonly VoteRow[]; review: ReviewRow | undefined },
): GrantView {
  const { request } = row;
  return {
    id: row.id,
    requestId: request.id,
    kind: request.kind,
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
    problem: row.state === 'active' || row.state === 'done' ? null : (row.issueProblem ?? null),
    review: review === undefined ? null : { id: review.id, state: review.state },
  };
}

function approversOf(votes: readonly VoteRow[]): PartyView[] {
  return votes.filter((vote) => vote.verdict === 'approve').map((vote) => partyOf(vote.identity));
}

export async function sessionViews(db: Database, rows: readonly SessionRow[]): Promise<SessionView[]> {
  const votes = await listVotes(db, { requestIds: rows.map((row) => row.grant.request.id) });
  const live = rows.filter((row) => row.endedAt == null);
  const watchers = await watchersOf(db, { sessionIds: live.map((row) => row.id) });
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
      terminated: terminationOf(row),
      watchers: watchers.get(row.id) ?? [],
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

/** One that its broker is told to end because it was lost was terminated by nobody. */
function terminationOf({
  terminateAskedAt,
  terminateAskedBy,
  terminateReason,
}: SessionRow): SessionView['terminated'] {
  if (terminateAskedAt == null || terminateAskedBy == null) return null;
  return { at: terminateAskedAt, by: partyOf(terminateAskedBy), reason: terminateReason ?? null };
}

function effectNamed(text: string): Effect {
  return EFFECTS.find((effect) => effect === text) ?? 'unknown';
}
