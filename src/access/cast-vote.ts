/**
 * Voting. The clicker's identity and rights are looked at here, under the request's row lock, whatever
 * the card said; so of fifty parallel clicks one decides, and the others hear what was decided.
 */
import { claimsOf } from '../core/claim.ts';
import { formatDuration } from '../core/duration.ts';
import { AppError } from '../core/errors.ts';
import type { Identity, Person } from '../core/identity.ts';
import type { Seat, VoteVerdict } from '../core/request.ts';
import { quorumMet, type SeatVoter } from '../policies/access/quorum.ts';
import type { RequestRow, VoteRow } from '../store/entities/access.ts';
import type { Database } from '../store/open-store.ts';
import { insertVote, listVotes, lockRequest, moveRequest } from '../store/operations/requests.ts';
import { admitVoter, checkNote, voteOnce } from './admit-voter.ts';
import type { AccessContext } from './context.ts';
import { createGrant } from './create-grant.ts';
import { requestViews } from './read-views.ts';
import { askForJob, recordEvent } from './record.ts';
import type { RequestView } from './views.ts';

export interface Ballot {
  readonly requestId: string;
  readonly voter: Identity;
  readonly verdict: VoteVerdict;
  /** Allow for less than was asked; null allows what was asked. */
  readonly durationMs: number | null;
  readonly note: string | null;
  readonly platform: string;
}

export interface VoteResult {
  readonly request: RequestView;
  readonly outcome: 'recorded' | 'approved' | 'denied';
}

/**
 * @throws AppError `forbidden` (own request, not an approver, group facts too old), `conflict` (voted
 *   or decided already, saying how and by whom), `not_found`, `invalid_input`
 */
export async function castVote(context: AccessContext, ballot: Ballot): Promise<VoteResult> {
  checkBallot(ballot);
  const now = context.clock.now();
  const { requestId, voter, platform } = ballot;
  return voteOnce(context, { subject: requestId, voter, platform, at: now }, async (db) => {
    const request = await lockRequest(db, { id: requestId });
    if (request === null) throw new AppError('not_found', `There is no request ${requestId}.`);
    const votes = await listVotes(db, { requestIds: [request.id] });
    const admitted = admit(context, { request, votes, ballot, now });
    if (admitted instanceof AppError) return admitted;
    return count(context, db, { request, votes, ballot, voter: admitted, now });
  });
}

function checkBallot(ballot: Ballot): void {
  checkNote(ballot);
  if (ballot.durationMs !== null && ballot.durationMs < 60_000) {
    throw new AppError('invalid_input', 'The shortest grant is 1m.');
  }
}

/** The voter, if the vote may count; otherwise the refusal. */
function admit(
  context: AccessContext,
  {
    request,
    votes,
    ballot,
    now,
  }: { request: RequestRow; votes: readonly VoteRow[]; ballot: Ballot; now: Date },
): Person | AppError {
  if (request.state !== 'pending') return new AppError('conflict', decidedText(request, votes));
  if (request.lapsesAt <= now) {
    return new AppError('conflict', `Request ${request.id} has lapsed; nobody decided in time.`);
  }
  const matter = {
    noun: 'request',
    id: request.id,
    seats: seatsOf(request),
    parties: [request.requester],
    votes,
  } as const;
  const admitted = admitVoter(context, { matter, voter: ballot.voter, now });
  if (admitted instanceof AppError) return admitted;
  if (ballot.durationMs !== null && ballot.durationMs > request.durationMs) {
    const asked = formatDuration(request.durationMs);
    return new AppError(
      'forbidden',
      `The request is for ${asked}; an approval can shorten that, not lengthen it.`,
    );
  }
  return admitted;
}

interface AdmittedBallot {
  readonly request: RequestRow;
  /** Those cast before. */
  readonly votes: readonly VoteRow[];
  readonly ballot: Ballot;
  readonly voter: Person;
  readonly now: Date;
}

async function count(
  context: AccessContext,
  db: Database,
  { request, votes, ballot, voter, now }: AdmittedBallot,
): Promise<VoteResult> {
  const { verdict, durationMs, note, platform } = ballot;
  await insertVote(db, {
    requestId: request.id,
    identityId: voter.id,
    verdict,
    note: note?.trim() || null,
    durationMs,
    claims: claimsOf(voter),
    onBehalfOfId: null,
    steppedUp: false,
    platform,
    createdAt: now,
  });
  await recordEvent(db, {
    at: now,
    type: 'vote.cast',
    actorId: voter.id,
    subject: request.id,
    data: { verdict, platform, durationMs },
  });
  const outcome = await settle(context, db, { request, votes, ballot, voter, now });
  await askForJob(db, { job: 'sync-card', payload: { subject: 'request', id: request.id } }, { now });
  const after = await lockRequest(db, { id: request.id });
  const [view] = await requestViews(db, after === null ? [] : [after]);
  if (view === undefined) throw new AppError('internal', 'the request could not be read back');
  return { request: view, outcome };
}

/** One denial decides; approvals decide when every seat is filled. The shortest allowed time counts. */
async function settle(
  context: AccessContext,
  db: Database,
  { request, votes, ballot, voter, now }: AdmittedBallot,
): Promise<VoteResult['outcome']> {
  if (ballot.verdict === 'deny') {
    await moveRequest(db, { id: request.id, to: 'denied', at: now });
    await recordEvent(db, { at: now, type: 'request.denied', actorId: voter.id, subject: request.id });
    return 'denied';
  }
  const approving = votes.filter((vote) => vote.verdict === 'approve');
  const voters: SeatVoter[] = [
    ...approving.map((vote) => ({ id: vote.identity.id, claims: vote.claims })),
    { id: voter.id, claims: claimsOf(voter) },
  ];
  if (!quorumMet(seatsOf(request), voters)) return 'recorded';
  const durations = [...approving.map((vote) => vote.durationMs), ballot.durationMs, request.durationMs];
  const durationMs = Math.min(...durations.filter((duration): duration is number => duration != null));
  await moveRequest(db, { id: request.id, to: 'approved', at: now });
  await recordEvent(db, {
    at: now,
    type: 'request.approved',
    actorId: voter.id,
    subject: request.id,
    data: { voters: voters.map((one) => one.id), durationMs },
  });
  await createGrant(context, db, {
    requestId: request.id,
    holderId: request.requester.id,
    durationMs,
    at: now,
  });
  return 'approved';
}

function seatsOf(request: RequestRow): readonly Seat[] {
  return request.approval.kind === 'votes' ? request.approval.seats : [];
}

function decidedText(request: RequestRow, votes: readonly VoteRow[]): string {
  const names = (verdict: VoteVerdict): string =>
    votes
      .filter((vote) => vote.verdict === verdict)
      .map((vote) => vote.identity.name)
      .join(' and ');
  switch (request.state) {
    case 'approved':
      return `Request ${request.id} was approved already${names('approve') === '' ? '' : ` by ${names('approve')}`}.`;
    case 'denied':
      return `Request ${request.id} was denied already by ${names('deny')}.`;
    case 'cancelled':
      return `Request ${request.id} was cancelled by the requester.`;
    case 'expired':
      return `Request ${request.id} has lapsed; nobody decided in time.`;
    case 'pending':
      return `Request ${request.id} is open.`;
  }
}
