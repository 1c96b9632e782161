/**
 * What the jobs may have missed, found in the state itself: for each kind of job, what is due now, as payloads of
 * that job. The sweep is the truth; a job is a hint.
 */
import { listCardsBehind } from '../store/operations/cards.ts';
import { listEphemeralRolesToDrop, listEphemeralRolesToExtend } from '../store/operations/ephemeral-roles.ts';
import { listExpiredGrants, listGrantsToIssue } from '../store/operations/grants.ts';
import { listHeldNow, listLapsedHolds } from '../store/operations/holds.ts';
import { findPendingPolicyChange, listLapsedPolicyChanges } from '../store/operations/policy-changes.ts';
import {
  listLapsedRequests,
  listRequestsToEscalate,
  listRequestsToRemind,
} from '../store/operations/requests.ts';
import { listReviewsToRemind } from '../store/operations/reviews.ts';
import type { AccessContext } from './context.ts';
import type { CardSubject } from './ports.ts';

const LIMIT = 500;
/** Each may wait for a target that does not answer. */
const ROLES_LIMIT = 10;

export async function lapsedRequests(context: AccessContext): Promise<{ requestId: string }[]> {
  const ids = await listLapsedRequests(context.store.read(), { now: context.clock.now(), limit: LIMIT });
  return ids.map((requestId) => ({ requestId }));
}

export async function requestsToRemind(context: AccessContext): Promise<{ requestId: string }[]> {
  const ids = await listRequestsToRemind(context.store.read(), { now: context.clock.now(), limit: LIMIT });
  return ids.map((requestId) => ({ requestId }));
}

export async function requestsToEscalate(context: AccessContext): Promise<{ requestId: string }[]> {
  const ids = await listRequestsToEscalate(context.store.read(), { now: context.clock.now(), limit: LIMIT });
  return ids.map((requestId) => ({ requestId }));
}

export async function lapsedHolds(context: AccessContext): Promise<{ holdId: string }[]> {
  const ids = await listLapsedHolds(context.store.read(), { now: context.clock.now(), limit: LIMIT });
  return ids.map((holdId) => ({ holdId }));
}

/** Commands that wait for a decision; what lapses first comes first. */
export async function listHeld(context: AccessContext): Promise<readonly string[]> {
  return listHeldNow(context.store.read(), { now: context.clock.now(), limit: LIMIT });
}

export async function expiredGrants(context: AccessContext): Promise<{ grantId: string }[]> {
  const ids = await listExpiredGrants(context.store.read(), { now: context.clock.now(), limit: LIMIT });
  return ids.map((grantId) => ({ grantId }));
}

export async function grantsToIssue(context: AccessContext): Promise<{ grantId: string }[]> {
  const ids = await listGrantsToIssue(context.store.read(), { now: context.clock.now(), limit: LIMIT });
  return ids.map((grantId) => ({ grantId }));
}

/** Grants that ended and left a login role on their target. */
export async function rolesToDrop(context: AccessContext): Promise<{ grantId: string }[]> {
  const ids = await listEphemeralRolesToDrop(context.store.read(), {
    now: context.clock.now(),
    limit: ROLES_LIMIT,
  });
  return ids.map((grantId) => ({ grantId }));
}

/** Cards that are missing, or whose subject may have changed since. */
export async function cardsBehind(context: AccessContext): Promise<{ subject: CardSubject; id: string }[]> {
  const now = context.clock.now();
  return [...(await listCardsBehind(context.store.read(), { now, limit: LIMIT }))];
}

export async function lapsedPolicyChanges(context: AccessContext): Promise<{ changeId: string }[]> {
  const ids = await listLapsedPolicyChanges(context.store.read(), { now: context.clock.now() });
  return ids.map((changeId) => ({ changeId }));
}

/** Live grants whose login role on the target is not valid for as long as they are. */
export async function rolesToExtend(context: AccessContext): Promise<{ grantId: string }[]> {
  const ids = await listEphemeralRolesToExtend(context.store.read(), {
    now: context.clock.now(),
    limit: ROLES_LIMIT,
  });
  return ids.map((grantId) => ({ grantId }));
}

/** Reviews of break-glass access that nobody has decided about in time. */
export async function reviewsToRemind(context: AccessContext): Promise<{ reviewId: string }[]> {
  const ids = await listReviewsToRemind(context.store.read(), { now: context.clock.now(), limit: LIMIT });
  return ids.map((reviewId) => ({ reviewId }));
}

/** The change that waits for votes and does not say yet what it would change. */
export async function unweighedPolicyChanges(context: AccessContext): Promise<{ changeId: string }[]> {
  const change = await findPendingPolicyChange(context.store.read());
  return change === null || change.impactAt != null ? [] : [{ changeId: change.id }];
}
