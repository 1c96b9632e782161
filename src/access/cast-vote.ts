/**
 * Voting. The clicker's identity and rights are looked at here, under the request's row lock, whatever
 * the card said; so of fifty parallel clicks one decides, and the others hear what was decided.
 */
import { formatDuration } from '../core/duration.ts';
import { AppError } from '../core/errors.ts';
import type { Identity, Person } from '../core/identity.ts';
import { NOTE_CHARACTERS_MAX, type Seat, type VoteVerdict } from '../core/request.ts';
import { quorumMet, type SeatVoter } from '../policies/access/quorum.ts';
import type { RequestRow, VoteRow } from '../store/entities/access.ts';
import type { IdentityRow } from '../store/entities/identity.ts';
import type { Database } from '../store/open-store.ts';
import { insertVote, listVotes, lockRequest, moveRequest } from '../store/operations/requests.ts';
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

const DEFAULT_GROUPS_AGE_MAX_MS = 12 * 3_600_000;

/**
 * @throws AppError `forbidden` (own request, not an approver, group facts too old), `conflict` (voted
 *   or decided already, saying how and by whom), `not_found`, `invalid_input`
 */
export async function castVote(context: AccessContext, ballot: Ballot): Promise<VoteResult> {
  checkBallot(ballot);
  const now = context.clock.now();
  const refusal = await context.store.transaction(async (db): Promise<VoteResult | AppError> => {
    const request = await lockRequest(db, { id: ballot.requestId });
    if (request === null) throw new AppError('not_found', `There is no request ${ballot.requestId}.`);
    const votes = await listVotes(db, { requestIds: [request.id] });
    const voter = admit(context, { request, votes, ballot, now });
    if (voter instanceof AppError) {
      // The refusal itself is evidence, so it is written and committed; the error is thrown after.
      await recordEvent(db, {
        at: now,
        type: 'vote.refused',
        actorId: ballot.voter.id,
        subject: request.id,
        data: { code: voter.code, reason: voter.message, platform: ballot.platform },
      });
      return voter;
    }
    return count(context, db, { request, votes, ballot, voter, now });
  });
  if (refusal instanceof AppError) throw refusal;
  return refusal;
}

function checkBallot(ballot: Ballot): void {
  if (ballot.note !== null && ballot.note.length > NOTE_CHARACTERS_MAX) {
    throw new AppError('invalid_input', `The note is longer than ${NOTE_CHARACTERS_MAX} characters.`);
  }
  if (ballot.verdict === 'deny' && (ballot.note ?? '').trim() === '') {
    throw new AppError('invalid_input', 'Say why: the requester sees the reason of a denial.');
  }
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
  const { voter } = ballot;
  if (voter.kind !== 'person') return new AppError('forbidden', 'Only people vote.');
  const own = votes.find((vote) => isSamePerson(voter, vote.identity));
  if (request.state !== 'pending') return new AppError('conflict', decidedText(request, votes));
  if (request.lapsesAt <= now)
    return new AppError('conflict', `Request ${request.id} has lapsed; nobody decided in time.`);
  if (own !== undefined) {
    return new AppError('conflict', `You have voted on ${request.id} already: ${own.verdict}.`);
  }
  const { requester } = request;
  if (requester.kind === 'person' && isSamePerson(voter, requester)) {
    return new AppError('forbidden', 'You cannot decide about your own request.');
  }
  if (requester.kind === 'workload' && answersFor(context, { voter, workload: requester })) {
    return new AppError(
      'forbidden',
      `You answer for ${requester.name}, so you cannot decide about its request.`,
    );
  }
  const seats = seatsOf(request);
  if (!seats.some((seat) => voter.groups.includes(seat.group))) {
    const groups = seats.map((seat) => seat.group).join(' or ');
    return new AppError('forbidden', `Deciding about this request is for members of ${groups}.`);
  }
  const ageMaxMs = context.policy.current().document.identity.oidc?.groupsMaxAge ?? DEFAULT_GROUPS_AGE_MAX_MS;
  if (now.getTime() - voter.groupsSeenAt.getTime() > ageMaxMs) {
    const age = formatDuration(ageMaxMs);
    return new AppError(
      'forbidden',
      `Your groups were last confirmed more than ${age} ago. Sign in again, then vote.`,
    );
  }
  if (ballot.durationMs !== null && ballot.durationMs > request.durationMs) {
    const asked = formatDuration(request.durationMs);
    return new AppError(
      'forbidden',
      `The request is for ${asked}; an approval can shorten that, not lengthen it.`,
    );
  }
  return voter;
}

/**
 * One person can be known twice: under the identity provider of before, say. An e-mail address proves
 * nobody's identity, but it is enough to refuse a second vote or one about the own request.
 */
function isSamePerson(voter: Person, other: { readonly id: string; readonly email: string }): boolean {
  return voter.id === other.id || isSameAddress(voter.email, other.email);
}

/** The owner when the request was made, and the one that the policy names by now. */
function answersFor(
  context: AccessContext,
  { voter, workload }: { voter: Person; workload: IdentityRow },
): boolean {
  const { workloads } = context.policy.current().document;
  const named = workloads.filter((candidate) => candidate.name === workload.name);
  return [workload.email, ...named.map(({ owner }) => owner)].some((owner) =>
    isSameAddress(voter.email, owner),
  );
}

function isSameAddress(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
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
    groups: voter.groups,
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
    ...approving.map((vote) => ({ id: vote.identity.id, groups: vote.groups })),
    { id: voter.id, groups: voter.groups },
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
  return request.approval.kind === 'auto' ? [] : request.approval.seats;
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
