/** What waits for somebody's vote. Judged as a vote would be, so that nothing is offered that would be refused. */
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { Database } from '../store/open-store.ts';
import { listHolds, listHoldVotes } from '../store/operations/holds.ts';
import { listPolicyChanges, listPolicyChangeVotes } from '../store/operations/policy-changes.ts';
import { listRequests, listVotes } from '../store/operations/requests.ts';
import { listReviews, listReviewVotes } from '../store/operations/reviews.ts';
import type { AccessContext } from './context.ts';
import { holdMatter } from './decide-hold.ts';
import { policyChangeMatter } from './decide-policy-change.ts';
import { reviewMatter } from './decide-review.ts';
import { holdViews } from './hold-views.ts';
import { type PolicyChangeView, policyChangeViews } from './policy-change-views.ts';
import { requestViews } from './read-views.ts';
import { getToKnow } from './refusals/known-person.ts';
import { requestMatter } from './request-matter.ts';
import { type ReviewView, reviewViews } from './review-views.ts';
import type { HoldView, RequestView } from './views.ts';
import { groupsOfPartiesIn } from './voting/admit-voter.ts';
import { judgeRights } from './voting/judge-voter.ts';
import type { VoteMatter } from './voting/matter.ts';

const REQUESTS_MAX = 500;
const CHANGES_MAX = 50;
const REVIEWS_MAX = 200;
/** Each can be a megabyte long. */
const HOLDS_MAX = 50;

/** Pending requests that this voter may still decide about, in their own or in another's place; newest first. */
export async function listPendingFor(
  context: AccessContext,
  input: { voter: Identity },
): Promise<RequestView[]> {
  const db = context.store.read();
  const now = context.clock.now();
  const rows = await listRequests(db, { state: 'pending', limit: REQUESTS_MAX });
  const open = rows.filter(({ lapsesAt }) => lapsesAt > now);
  const votes = await listVotes(db, { requestIds: open.map(({ id }) => id) });
  const waiting = await forVoter(context, input.voter, open, (row) =>
    requestMatter(
      row,
      votes.filter(({ request }) => request.id === row.id),
    ),
  );
  return requestViews(db, waiting);
}

/** Held commands that this voter may still decide about, newest first. */
export async function listHeldFor(context: AccessContext, input: { voter: Identity }): Promise<HoldView[]> {
  const db = context.store.read();
  const now = context.clock.now();
  const rows = await listHolds(db, { state: 'held', visibleTo: null, limit: HOLDS_MAX });
  const open = rows.filter(({ expiresAt }) => expiresAt > now);
  const votes = await listHoldVotes(db, { holdIds: open.map(({ id }) => id) });
  const waiting = await forVoter(context, input.voter, open, (row) =>
    holdMatter(
      row,
      votes.filter(({ hold }) => hold.id === row.id),
    ),
  );
  return holdViews(db, waiting);
}

/** Changes of the policy that this voter may still decide about, newest first. */
export async function listChangesFor(
  context: AccessContext,
  input: { voter: Identity },
): Promise<PolicyChangeView[]> {
  const db = context.store.read();
  const now = context.clock.now();
  const rows = await listPolicyChanges(db, { state: 'pending', limit: CHANGES_MAX });
  const open = rows.filter(({ lapsesAt }) => lapsesAt > now);
  const votes = await listPolicyChangeVotes(db, { changeIds: open.map(({ id }) => id) });
  const waiting = await forVoter(context, input.voter, open, (row) =>
    policyChangeMatter(
      row,
      votes.filter(({ change }) => change.id === row.id),
    ),
  );
  return policyChangeViews(db, waiting);
}

/** Reviews that this voter may still decide about, now or once the access has ended; the most urgent first. */
export async function listReviewsFor(
  context: AccessContext,
  input: { voter: Identity },
): Promise<ReviewView[]> {
  const db = context.store.read();
  const open = await listReviews(db, { state: 'pending', visibleTo: null, limit: REVIEWS_MAX });
  const votes = await listReviewVotes(db, { reviewIds: open.map(({ id }) => id) });
  const waiting = await forVoter(context, input.voter, open, (row) =>
    reviewMatter(
      row,
      votes.filter(({ review }) => review.id === row.id),
    ),
  );
  return reviewViews(db, waiting);
}

/** Of these rows, those whose matter this identity may vote on. */
async function forVoter<Row>(
  context: AccessContext,
  identity: Identity,
  rows: readonly Row[],
  matterOf: (row: Row) => VoteMatter,
): Promise<Row[]> {
  const voter = rows.length === 0 ? null : await getToKnow(context, identity).asVoter();
  if (voter === null) return [];
  const db: Database = context.store.read();
  const matters = rows.map((row) => ({ row, matter: matterOf(row) }));
  const groupsOf = await groupsOfPartiesIn(
    context,
    db,
    matters.map(({ matter }) => matter),
  );
  const waiting = matters.filter(({ matter }) => {
    const partyGroups = groupsOf(matter);
    return !(judgeRights(context, { voter, matter, partyGroups }) instanceof AppError);
  });
  return waiting.map(({ row }) => row);
}
