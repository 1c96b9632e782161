/**
 * What is said afterwards about access that was taken in an emergency. One `unjustified` decides at once;
 * `justified` needs every seat, filled by distinct people.
 */
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { ReviewVerdict } from '../core/review.ts';
import type { ReviewRow, ReviewVoteRow } from '../store/entities/review.ts';
import type { Database } from '../store/open-store.ts';
import {
  findReview,
  insertReviewVote,
  listReviewVotes,
  lockReview,
  moveReview,
} from '../store/operations/reviews.ts';
import type { AccessContext } from './context.ts';
import { askForJob, recordEvent } from './record.ts';
import { type ReviewView, reviewViews } from './review-views.ts';
import { admitVoter } from './voting/admit-voter.ts';
import { type AdmittedVote, quorumWith, type VoteMatter } from './voting/matter.ts';
import { checkNote, voteOnce } from './voting/vote-once.ts';
import { claimsFor } from './voting/voter.ts';

export interface ReviewBallot {
  readonly reviewId: string;
  readonly by: Identity;
  readonly verdict: ReviewVerdict;
  readonly note: string | null;
  readonly platform: string;
}

/**
 * @throws AppError `forbidden` (own access, not a reviewer, group facts too old), `conflict` (the access has not
 *   ended, voted or decided already), `not_found`, `invalid_input`
 */
export async function decideReview(context: AccessContext, ballot: ReviewBallot): Promise<ReviewView> {
  checkNote({ note: ballot.note, refuses: ballot.verdict === 'unjustified' });
  const at = context.clock.now();
  const { reviewId, by: voter, platform } = ballot;
  const seen = await findReview(context.store.read(), { id: reviewId });
  if (seen === null) throw noSuchReview(reviewId);
  const claims =
    voter.kind === 'person' ? await claimsFor(context, { person: voter, seats: seen.seats }) : [];
  return voteOnce(context, { subject: reviewId, voter, platform, at }, async (db) => {
    const review = await lockReview(db, { id: reviewId });
    if (review === null) throw noSuchReview(reviewId);
    const votes = await listReviewVotes(db, { reviewIds: [review.id] });
    const closed = refusalOfClosedReview(review);
    if (closed !== null) return closed;
    const matter = reviewMatter(review, votes);
    const admitted = await admitVoter(context, db, { matter, voter, claims, now: at });
    if (admitted instanceof AppError) return admitted;
    return count(db, { review, matter, ballot, admitted, at });
  });
}

/** A review, as something to vote on. */
export function reviewMatter(review: ReviewRow, votes: readonly ReviewVoteRow[]): VoteMatter {
  const { holder, request } = review.grant;
  return {
    noun: 'access',
    id: review.id,
    openedAt: review.createdAt,
    seats: review.seats,
    parties: [holder, request.requester, request.beneficiary],
    votes,
  };
}

/** The refusal of whatever would decide about a review that is not open, or not yet; otherwise null. */
export function refusalOfClosedReview(review: ReviewRow): AppError | null {
  if (review.state !== 'pending') {
    const by = review.decidedBy == null ? '' : ` by ${review.decidedBy.name}`;
    return new AppError('conflict', `Review ${review.id} was decided already: ${review.state}${by}.`);
  }
  const { id, state } = review.grant;
  if (state !== 'issuing' && state !== 'active') return null;
  return new AppError(
    'conflict',
    `The access of ${review.id} is still live. Review it afterwards, or revoke ${id}.`,
  );
}

interface Counting {
  readonly review: ReviewRow;
  readonly matter: VoteMatter;
  readonly ballot: ReviewBallot;
  readonly admitted: AdmittedVote;
  readonly at: Date;
}

async function count(db: Database, { review, matter, ballot, admitted, at }: Counting): Promise<ReviewView> {
  const { id } = review;
  const { verdict, platform } = ballot;
  const { person, onBehalfOf, claims } = admitted;
  const note = ballot.note?.trim() || null;
  await insertReviewVote(db, {
    reviewId: id,
    identityId: person.id,
    verdict,
    note,
    claims,
    onBehalfOfId: onBehalfOf?.id ?? null,
    platform,
    createdAt: at,
  });
  const instead = onBehalfOf === null ? {} : { onBehalfOf: onBehalfOf.id };
  const cast = { verdict, platform, ...instead };
  await recordEvent(db, { at, type: 'vote.cast', actorId: person.id, subject: id, data: cast });
  if (verdict === 'unjustified' || quorumWith(matter, { vote: admitted, verdict: 'justified' })) {
    await moveReview(db, { id, to: verdict, at, byId: person.id, note, platform });
    const data = { grantId: review.grant.id, holder: review.grant.holder.id, note };
    await recordEvent(db, { at, type: `review.${verdict}`, actorId: person.id, subject: id, data });
  }
  await askForJob(db, { job: 'sync-card', payload: { subject: 'review', id } }, { now: at });
  await askForJob(db, { job: 'sync-card', payload: { subject: 'grant', id: review.grant.id } }, { now: at });
  const row = await findReview(db, { id });
  const [view] = await reviewViews(db, row === null ? [] : [row]);
  if (view === undefined) throw new AppError('internal', 'the review could not be read back');
  return view;
}

function noSuchReview(id: string): AppError {
  return new AppError('not_found', `There is no review ${id.slice(0, 40)}.`);
}
