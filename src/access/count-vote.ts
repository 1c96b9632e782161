/**
 * A vote on a request, from the row lock to what it changed. Identity and rights are looked at here, whatever the
 * card said; so of fifty parallel clicks one decides, and the others hear what was decided.
 */
import type { Claim } from '../core/claim.ts';
import { formatDuration } from '../core/duration.ts';
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { VoteVerdict } from '../core/request.ts';
import type { RequestRow, VoteRow } from '../store/entities/access.ts';
import type { Database } from '../store/open-store.ts';
import {
  findRequest,
  insertVote,
  listVotes,
  lockRequest,
  moveRequest,
} from '../store/operations/requests.ts';
import type { AccessContext } from './context.ts';
import { refusalWhileFrozen } from './freeze.ts';
import { refusalToGrant } from './grant-request.ts';
import { subjectOf } from './linking/link.ts';
import { readRequestView } from './read-views.ts';
import { askForJob, recordEvent } from './record.ts';
import { rematchRequest } from './rematch-request.ts';
import { decidedText, lapsedText, requestMatter, seatsOf } from './request-matter.ts';
import { settleRequest } from './settle-request.ts';
import { askForStepUp, type StepUpAsked } from './step-up/ask-for-step-up.ts';
import type { RequestView } from './views.ts';
import { admitVoter } from './voting/admit-voter.ts';
import type { AdmittedVote } from './voting/matter.ts';
import { claimsFor } from './voting/voter.ts';

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
  /** `closed`: with this approval nothing was missing, but the policy in force does not give it any more. */
  readonly outcome: 'recorded' | 'approved' | 'denied' | 'closed';
}

/**
 * What the voter is, as far as the request asks for it; before its row is locked.
 * @throws AppError `not_found`
 */
export async function claimsOnRequest(
  context: AccessContext,
  { requestId, voter }: Pick<Ballot, 'requestId' | 'voter'>,
): Promise<readonly Claim[]> {
  const request = await findRequest(context.store.read(), { id: requestId });
  if (request === null) throw noSuchRequest(requestId);
  if (voter.kind !== 'person') return [];
  // The policy of now may ask for others as well, once it is asked: what the voter is counts for those seats, too.
  const { durationMs } = request;
  const now = await rematchRequest(context, context.store.read(), { request, durationMs });
  const { seats } = now.kind === 'asks-more' ? now.approval : { seats: seatsOf(request) };
  return claimsFor(context, { person: voter, seats });
}

interface Casting {
  readonly ballot: Ballot;
  /** See `claimsOnRequest`. */
  readonly claims: readonly Claim[];
  /** True when the voter has signed in afresh for this vote. */
  readonly steppedUp: boolean;
  readonly at: Date;
}

/** @returns the refusal instead, or that the voter has to sign in afresh first: nothing is counted then */
export async function countVote(
  context: AccessContext,
  db: Database,
  casting: Casting,
): Promise<VoteResult | StepUpAsked | AppError> {
  const { ballot, steppedUp, at } = casting;
  // Before the row: a freeze waits for whoever has asked, and they must not wait for each other.
  const frozen = ballot.verdict === 'approve' ? await refusalWhileFrozen(db) : null;
  const request = await lockRequest(db, { id: ballot.requestId });
  if (request === null) throw noSuchRequest(ballot.requestId);
  const admitted = await admit(context, db, { ...casting, request });
  if (admitted instanceof AppError) return admitted;
  const refusal = frozen ?? (ballot.verdict === 'approve' ? await refusalToGrant(db, { request, at }) : null);
  if (refusal !== null) return refusal;
  if (!steppedUp && request.approval.kind === 'votes' && request.approval.signInAgeMaxMs !== undefined) {
    return askForStepUp(context, db, { request, ballot, at });
  }
  await write(db, { ...casting, request, admitted });
  const outcome = await settle(context, db, { ...casting, request });
  await askForJob(db, { job: 'sync-card', payload: { subject: 'request', id: request.id } }, { now: at });
  return { request: await readRequestView(db, request.id), outcome };
}

/** What the vote counts as, if it may; otherwise the refusal. */
async function admit(
  context: AccessContext,
  db: Database,
  { request, ballot, claims, at }: Casting & { request: RequestRow },
): Promise<AdmittedVote | AppError> {
  const votes = await listVotes(db, { requestIds: [request.id] });
  const closed = refusalWhenClosed(request, { votes, at });
  if (closed !== null) return closed;
  const matter = requestMatter(request, votes);
  const admitted = await admitVoter(context, db, { matter, voter: ballot.voter, claims, now: at });
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

/** The refusal of whatever would decide about a request that nobody decides about any more, or null. */
export function refusalWhenClosed(
  request: RequestRow,
  { votes, at }: { votes: readonly VoteRow[]; at: Date },
): AppError | null {
  if (request.state !== 'pending') return new AppError('conflict', decidedText(request, votes));
  return request.lapsesAt <= at ? new AppError('conflict', lapsedText(request)) : null;
}

async function write(
  db: Database,
  { request, ballot, admitted, steppedUp, at }: Casting & { request: RequestRow; admitted: AdmittedVote },
): Promise<void> {
  const { verdict, durationMs, note, platform } = ballot;
  const { person, onBehalfOf, claims } = admitted;
  await insertVote(db, {
    requestId: request.id,
    identityId: person.id,
    verdict,
    note: note?.trim() || null,
    durationMs,
    claims,
    onBehalfOfId: onBehalfOf?.id ?? null,
    steppedUp,
    platform,
    createdAt: at,
  });
  await recordEvent(db, {
    at,
    type: 'vote.cast',
    actorId: person.id,
    subject: request.id,
    data: {
      verdict,
      platform,
      durationMs,
      ...(onBehalfOf === null ? {} : { onBehalfOf: onBehalfOf.id }),
      ...(steppedUp ? { steppedUp } : {}),
      ...(person.through === undefined ? {} : { account: subjectOf(person.through) }),
    },
  });
}

/** One denial decides; approvals decide when every seat is filled. The shortest allowed time counts. */
async function settle(
  context: AccessContext,
  db: Database,
  { request, ballot, at }: Casting & { request: RequestRow },
): Promise<VoteResult['outcome']> {
  const actorId = ballot.voter.id;
  if (ballot.verdict === 'approve') {
    const settlement = await settleRequest(context, db, { request, actorId, at });
    return settlement === 'waiting' ? 'recorded' : settlement;
  }
  await moveRequest(db, { id: request.id, to: 'denied', at });
  await recordEvent(db, { at, type: 'request.denied', actorId, subject: request.id });
  return 'denied';
}

function noSuchRequest(id: string): AppError {
  return new AppError('not_found', `There is no request ${id.slice(0, 40)}.`);
}
