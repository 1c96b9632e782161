/**
 * The review that follows access which was taken in an emergency: opened with the grant, due once it has ended,
 * and asked for again and again until somebody other than its holder has decided.
 */
import { after } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { ReviewTerms } from '../core/request.ts';
import type { ReviewState } from '../core/review.ts';
import type { GrantRow } from '../store/entities/access.ts';
import type { Database } from '../store/open-store.ts';
import {
  findReview,
  findReviewOfGrant,
  insertReview,
  listReviews as listRows,
  lockReview,
  noteReviewReminder,
  setReviewDue,
} from '../store/operations/reviews.ts';
import { type AccessContext, newId } from './context.ts';
import { listPeopleForSeats } from './people-for-seats.ts';
import { partyOf } from './read-views.ts';
import { askForJob, recordEvent } from './record.ts';
import { type ReviewView, reviewViews } from './review-views.ts';
import { scopeOf, signInHint } from './rights.ts';
import type { PartyView } from './views.ts';

const LIMIT_MAX = 200;
const REVIEWERS_MAX = 50;

/** Opens the review of a break-glass grant, in the transaction that grants it. */
export async function openReview(
  context: AccessContext,
  db: Database,
  input: { grantId: string; requestId: string; expiresAt: Date; review: ReviewTerms; at: Date },
): Promise<void> {
  const { grantId, requestId, expiresAt, review, at } = input;
  const { seats, withinMs, remindEveryMs } = review;
  const id = newId(context, 'v');
  const dueAt = after(expiresAt, withinMs);
  const remindAt = after(expiresAt, remindEveryMs);
  await insertReview(db, { id, grantId, seats, remindEveryMs, createdAt: at, dueAt, remindAt });
  const data = { grantId, requestId, dueAt: dueAt.toISOString() };
  await recordEvent(db, { at, type: 'review.opened', actorId: null, subject: id, data });
  await askForReviewJobs(db, { id, remindAt, at });
}

/** The access has ended, perhaps early: the time for its review runs from now on. */
export async function startReview(db: Database, input: { grant: GrantRow; at: Date }): Promise<void> {
  const { grant, at } = input;
  const { approval } = grant.request;
  if (approval.kind !== 'break-glass') return;
  const review = await findReviewOfGrant(db, { grantId: grant.id });
  if (review === null) return;
  const dueAt = after(at, approval.review.withinMs);
  const remindAt = after(at, approval.review.remindEveryMs);
  await setReviewDue(db, { id: review.id, dueAt, remindAt });
  const data = { grantId: grant.id, dueAt: dueAt.toISOString() };
  await recordEvent(db, { at, type: 'review.due', actorId: null, subject: review.id, data });
  await askForReviewJobs(db, { id: review.id, remindAt, at });
}

/**
 * Reminds the reviewers of an open review when that is due, and no more than once each time.
 * @returns true if this call did
 */
export async function remindReview(context: AccessContext, input: { reviewId: string }): Promise<boolean> {
  const now = context.clock.now();
  return context.store.transaction(async (db) => {
    const review = await lockReview(db, { id: input.reviewId });
    if (review === null || review.state !== 'pending' || review.remindAt > now) return false;
    const { id, remindAt, remindEveryMs } = review;
    const regular = after(remindAt, remindEveryMs);
    // After an outage one reminder is enough, not one for each that was missed.
    const nextAt = regular > now ? regular : after(now, remindEveryMs);
    const number = review.reminders + 1;
    if (!(await noteReviewReminder(db, { id, remindAt, nextAt, number, at: now }))) return false;
    await recordEvent(db, { at: now, type: 'review.reminded', actorId: null, subject: id, data: { number } });
    const reminder = { subject: 'review-reminder', id: reminderId({ reviewId: id, number }) } as const;
    await askForJob(db, { job: 'sync-card', payload: reminder }, { now });
    await askForReviewJobs(db, { id, remindAt: nextAt, at: now });
    return true;
  });
}

/**
 * Its holder, its reviewers and overseers may see a review.
 * @param input.viewer null for the system itself
 * @throws AppError `not_found`, also when the viewer may not see it
 */
export async function readReview(
  context: AccessContext,
  input: { id: string; viewer: Identity | null },
): Promise<ReviewView> {
  const { id, viewer } = input;
  const db = context.store.read();
  const row = await findReview(db, { id });
  const [view] = await reviewViews(db, row === null ? [] : [row]);
  const scope = await scopeOf(context, viewer);
  const visible =
    view !== undefined &&
    (scope === null ||
      [view.holder.id, view.requester.id, ...view.votes.map(({ person }) => person.id)].includes(
        scope.identityId,
      ) ||
      view.seats.some((seat) => seat.anyOf.some((claim) => scope.claims.includes(claim))));
  if (!visible) {
    const hint = signInHint(context, viewer);
    throw new AppError('not_found', `There is no review ${id.slice(0, 40)} that you may see.${hint}`);
  }
  return view;
}

/** Those that the viewer may see: open ones first, the most urgent before the others. */
export async function listReviews(
  context: AccessContext,
  input: { viewer: Identity; state?: ReviewState; limit?: number },
): Promise<ReviewView[]> {
  const { viewer, limit = LIMIT_MAX, ...filter } = input;
  const db = context.store.read();
  const visibleTo = await scopeOf(context, viewer);
  const rows = await listRows(db, { ...filter, visibleTo, limit: Math.min(Math.max(1, limit), LIMIT_MAX) });
  return reviewViews(db, rows);
}

/** A reminder of a review, by the id of its card: the n-th of that review. */
export async function readReviewReminder(
  context: AccessContext,
  input: { id: string },
): Promise<{ review: ReviewView; number: number }> {
  const [reviewId = '', digits = ''] = input.id.split('.');
  const review = await readReview(context, { id: reviewId, viewer: null });
  const number = Number(digits);
  if (!Number.isInteger(number) || number < 1 || number > review.reminders)
    throw new AppError('not_found', `There is no reminder ${input.id.slice(0, 40)}.`);
  return { review, number };
}

/**
 * People who are told of a review, as far as they are known here, whoever is on call for it included: never who asked
 * for the access or had it.
 */
export async function listReviewers(
  context: AccessContext,
  review: Pick<ReviewView, 'seats' | 'holder' | 'requester'>,
): Promise<PartyView[]> {
  const rows = await listPeopleForSeats(context, { seats: review.seats, limit: REVIEWERS_MAX });
  const parties = [review.holder, review.requester];
  const isParty = (email: string): boolean =>
    parties.some((party) => party.email.toLowerCase() === email.toLowerCase());
  return rows.filter((row) => !isParty(row.email)).map(partyOf);
}

function reminderId(of: { reviewId: string; number: number }): string {
  return `${of.reviewId}.${of.number}`;
}

async function askForReviewJobs(
  db: Database,
  input: { id: string; remindAt: Date; at: Date },
): Promise<void> {
  const { id, remindAt, at } = input;
  await askForJob(db, { job: 'remind-review', payload: { reviewId: id } }, { now: at, runAt: remindAt });
  await askForJob(db, { job: 'sync-card', payload: { subject: 'review', id } }, { now: at });
}
