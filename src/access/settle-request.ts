/** The one place where a request becomes approved: whatever came last, a vote, a consent or the request itself. */

import { quorumMet } from '../policies/access/quorum.ts';
import type { RequestRow } from '../store/entities/access.ts';
import type { Database } from '../store/open-store.ts';
import { listVotes, moveRequest, tightenRequest } from '../store/operations/requests.ts';
import { closeAsDenied } from './close-request.ts';
import type { AccessContext } from './context.ts';
import { grantRequest } from './grant-request.ts';
import { recordEvent } from './record.ts';
import { type Rematch, rematchRequest } from './rematch-request.ts';
import { seatsOf } from './request-matter.ts';
import { agreeing } from './voting/matter.ts';

/** What became of a request for which something was added. */
export type Settlement = 'approved' | 'waiting' | 'closed';

interface Settling {
  readonly request: RequestRow;
  /** Whose act came last; null for the policy's own decision. */
  readonly actorId: string | null;
  readonly at: Date;
}

/**
 * Approves the request and grants what it asks for, when nothing is missing any more. The policy in force is asked
 * once more: what it denies by now is closed, and what it asks for besides is waited for. The caller holds the
 * request's row lock, and has asked `refusalWhileFrozen` before taking it.
 * @throws AppError `frozen`, `conflict` when what an extension is about has ended
 */
export async function settleRequest(
  context: AccessContext,
  db: Database,
  settling: Settling,
): Promise<Settlement> {
  const { request, at } = settling;
  if (request.consentFrom != null && request.consentedAt == null) return 'waiting';
  const votes = await listVotes(db, { requestIds: [request.id] });
  const voters = agreeing(votes);
  if (request.approval.kind === 'votes' && !quorumMet(seatsOf(request), voters)) return 'waiting';
  const allowed = votes.flatMap((vote) => vote.durationMs ?? []);
  const durationMs = Math.min(request.durationMs, ...allowed);
  const answer = await rematchRequest(context, db, { request, durationMs });
  if (answer.kind === 'denied') {
    await closeAsDenied(db, { request, because: answer.because, byId: null, at });
    return 'closed';
  }
  if (answer.kind === 'asks-more') {
    await tighten(db, { request, answer, at });
    if (!quorumMet(answer.approval.seats, voters)) return 'waiting';
  }
  const voterIds = voters.map(({ id }) => id);
  return (await approve(context, db, { ...settling, durationMs, voterIds })) ? 'approved' : 'waiting';
}

/**
 * Approves and grants what the policy has just been matched for.
 * @returns true if this call did it
 * @throws AppError `frozen`, `conflict` when what an extension is about has ended
 */
export async function approveAtOnce(
  context: AccessContext,
  db: Database,
  input: { request: RequestRow; at: Date },
): Promise<boolean> {
  const { durationMs } = input.request;
  return approve(context, db, { ...input, actorId: null, durationMs, voterIds: [] });
}

async function approve(
  context: AccessContext,
  db: Database,
  input: Settling & { durationMs: number; voterIds: readonly string[] },
): Promise<boolean> {
  const { request, actorId, at, durationMs, voterIds } = input;
  if (!(await moveRequest(db, { id: request.id, to: 'approved', at }))) return false;
  const automatic = request.approval.kind !== 'votes';
  await recordEvent(db, {
    at,
    type: 'request.approved',
    actorId,
    subject: request.id,
    data: automatic ? { automatic: true } : { voters: voterIds, durationMs },
  });
  await grantRequest(context, db, { request, durationMs, at });
  return true;
}

async function tighten(
  db: Database,
  input: {
    request: RequestRow;
    answer: Extract<Rematch, { kind: 'asks-more' }>;
    at: Date;
  },
): Promise<void> {
  const { request, answer, at } = input;
  const { approval, policy } = answer;
  await tightenRequest(db, { id: request.id, approval, policy, at });
  await recordEvent(db, {
    at,
    type: 'request.tightened',
    actorId: null,
    subject: request.id,
    data: { policy, seats: approval.seats.map(({ name, count }) => `${count} of ${name}`) },
  });
}
