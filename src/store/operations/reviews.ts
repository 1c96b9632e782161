import { LockMode } from '@mikro-orm/postgresql';
import type { Seat } from '../../core/request.ts';
import type { ReviewState, ReviewVerdict } from '../../core/review.ts';
import { ReviewRow, ReviewVoteRow } from '../entities/review.ts';
import type { Database } from '../open-store.ts';
import type { Viewer } from './visibility.ts';

const WITH_GRANT = [
  'decidedBy',
  'grant',
  'grant.holder',
  'grant.endedBy',
  'grant.request',
  'grant.request.requester',
  'grant.request.beneficiary',
] as const;

export async function insertReview(
  db: Database,
  review: {
    id: string;
    grantId: string;
    seats: readonly Seat[];
    remindEveryMs: number;
    createdAt: Date;
    dueAt: Date;
    remindAt: Date;
  },
): Promise<void> {
  const { grantId, seats, ...rest } = review;
  await db.insert(ReviewRow, {
    ...rest,
    seats: [...seats],
    grant: grantId,
    state: 'pending',
    reminders: 0,
    remindedAt: null,
    decidedAt: null,
    decidedBy: null,
    note: null,
    platform: null,
  });
}

export async function findReview(db: Database, options: { id: string }): Promise<ReviewRow | null> {
  return db.findOne(ReviewRow, { id: options.id }, { populate: [...WITH_GRANT], disableIdentityMap: true });
}

export async function findReviewOfGrant(
  db: Database,
  options: { grantId: string },
): Promise<ReviewRow | null> {
  return db.findOne(ReviewRow, { grant: options.grantId }, { disableIdentityMap: true });
}

/**
 * Ids of the open reviews of what this person has taken, on all of their accounts, the oldest first. Until the
 * transaction ends nobody else asks that about them.
 */
export async function listOpenReviewsOf(
  db: Database,
  options: { email: string },
): Promise<readonly string[]> {
  const email = options.email.toLowerCase();
  await db.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`reviews of ${email}`]);
  const rows = await db.execute<{ id: string }[]>(
    `select v.id from review v join access_grant g on g.id = v.grant_id join identity i on i.id = g.holder_id
      where v.state = 'pending' and lower(i.email) = ? order by v.created_at, v.id`,
    [email],
  );
  return rows.map((row) => row.id);
}

/** Takes the review's row lock: whoever decides about it decides alone. */
export async function lockReview(db: Database, options: { id: string }): Promise<ReviewRow | null> {
  const locked = await db.findOne(
    ReviewRow,
    { id: options.id },
    { lockMode: LockMode.PESSIMISTIC_WRITE, disableIdentityMap: true },
  );
  return locked === null ? null : findReview(db, options);
}

/** Open ones first, the most urgent of them first; then the newest. */
export async function listReviews(
  db: Database,
  options: {
    state?: ReviewState;
    /** Keeps those this person may see; null is the system, which sees all. */
    visibleTo: Viewer | null;
    limit: number;
  },
): Promise<readonly ReviewRow[]> {
  const { state, visibleTo, limit } = options;
  const ids = await db.execute<{ id: string }[]>(
    `select v.id from review v join access_grant g on g.id = v.grant_id join access_request r on r.id = g.request_id
      where (?::text is null or v.state = ?)
        and (?::text is null or ? in (g.holder_id, r.requester_id)
             or exists (select 1 from review_vote rv where rv.review_id = v.id and rv.identity_id = ?)
             or exists (select 1 from jsonb_array_elements(v.seats) seat where exists
                  (select 1 from jsonb_array_elements_text(seat->'anyOf') claim where jsonb_exists(?::jsonb, claim))))
      order by v.state <> 'pending', case when v.state = 'pending' then v.due_at end, v.created_at desc, v.id
      limit ?`,
    [
      state ?? null,
      state ?? null,
      visibleTo?.identityId ?? null,
      visibleTo?.identityId ?? null,
      visibleTo?.identityId ?? null,
      JSON.stringify(visibleTo?.claims ?? []),
      limit,
    ],
  );
  const order = ids.map((row) => row.id);
  const rows = await db.find(
    ReviewRow,
    { id: { $in: order } },
    { populate: [...WITH_GRANT], disableIdentityMap: true },
  );
  return rows.toSorted((one, other) => order.indexOf(one.id) - order.indexOf(other.id));
}

/** The access has ended: from now on it is reviewed, and the time for that runs. */
export async function setReviewDue(
  db: Database,
  options: { id: string; dueAt: Date; remindAt: Date },
): Promise<void> {
  const { id, ...due } = options;
  await db.nativeUpdate(ReviewRow, { id, state: 'pending' }, due);
}

/** @returns true if this call counted the reminder that was due at `remindAt`: it is told once */
export async function noteReviewReminder(
  db: Database,
  options: { id: string; remindAt: Date; nextAt: Date; number: number; at: Date },
): Promise<boolean> {
  const { id, remindAt, nextAt, number, at } = options;
  const moved = await db.nativeUpdate(
    ReviewRow,
    { id, state: 'pending', remindAt },
    { remindAt: nextAt, reminders: number, remindedAt: at },
  );
  return moved === 1;
}

/** Open reviews whose reminder is due, the longest first. */
export async function listReviewsToRemind(
  db: Database,
  options: { now: Date; limit: number },
): Promise<readonly string[]> {
  const rows = await db.find(
    ReviewRow,
    { state: 'pending', remindAt: { $lte: options.now } },
    { fields: ['id'], orderBy: { remindAt: 'asc' }, limit: options.limit, disableIdentityMap: true },
  );
  return rows.map((row) => row.id);
}

/** @returns true if this call decided: the one outcome of a race */
export async function moveReview(
  db: Database,
  options: {
    id: string;
    to: ReviewVerdict;
    at: Date;
    byId: string;
    note: string | null;
    platform: string;
  },
): Promise<boolean> {
  const { id, to, at, byId, note, platform } = options;
  const moved = await db.nativeUpdate(
    ReviewRow,
    { id, state: 'pending' },
    { state: to, decidedAt: at, decidedBy: byId, note, platform },
  );
  return moved === 1;
}

/** One vote a person and review; the primary key refuses a second. */
export async function insertReviewVote(
  db: Database,
  vote: {
    reviewId: string;
    identityId: string;
    verdict: ReviewVerdict;
    note: string | null;
    claims: readonly string[];
    onBehalfOfId: string | null;
    platform: string;
    createdAt: Date;
  },
): Promise<void> {
  const { reviewId, identityId, claims, onBehalfOfId, ...rest } = vote;
  await db.insert(ReviewVoteRow, {
    ...rest,
    claims: [...claims],
    review: reviewId,
    identity: identityId,
    onBehalfOf: onBehalfOfId,
  });
}

/** In the order they were cast. */
export async function listReviewVotes(
  db: Database,
  options: { reviewIds: readonly string[] },
): Promise<readonly ReviewVoteRow[]> {
  return db.find(
    ReviewVoteRow,
    { review: { $in: [...options.reviewIds] } },
    { populate: ['identity', 'onBehalfOf'], orderBy: { createdAt: 'asc' }, disableIdentityMap: true },
  );
}

/** How many sessions there were under each of these grants. */
export async function countSessionsOfGrants(
  db: Database,
  options: { grantIds: readonly string[] },
): Promise<ReadonlyMap<string, number>> {
  const rows = await db.execute<{ grantId: string; count: string }[]>(
    `select grant_id as "grantId", count(*) from session
      where grant_id in (select jsonb_array_elements_text(?::jsonb)) group by grant_id`,
    [JSON.stringify(options.grantIds)],
  );
  return new Map(rows.map(({ grantId, count }) => [grantId, Number(count)]));
}
