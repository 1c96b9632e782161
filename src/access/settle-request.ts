/** The one place where a request becomes approved: whatever came last, a vote, a consent or the request itself. */

import { quorumMet } from '../policies/access/quorum.ts';
import type { RequestRow } from '../store/entities/access.ts';
import type { Database } from '../store/open-store.ts';
import { listVotes, moveRequest } from '../store/operations/requests.ts';
import type { AccessContext } from './context.ts';
import { grantRequest } from './grant-request.ts';
import { recordEvent } from './record.ts';
import { seatsOf } from './request-matter.ts';
import { agreeing } from './voting/matter.ts';

/**
 * Approves the request and grants what it asks for, when nothing is missing any more. The caller holds its row
 * lock, and has asked `refusalWhileFrozen` before taking it.
 * @param input.actorId whose act came last; null for the policy's own decision
 * @returns true if the request is approved now
 * @throws AppError `frozen`, `conflict` when what an extension is about has ended
 */
export async function settleRequest(
  context: AccessContext,
  db: Database,
  input: { request: RequestRow; actorId: string | null; at: Date },
): Promise<boolean> {
  const { request, actorId, at } = input;
  if (request.consentFrom != null && request.consentedAt == null) return false;
  const votes = await listVotes(db, { requestIds: [request.id] });
  const voters = agreeing(votes);
  const automatic = request.approval.kind !== 'votes';
  if (!automatic && !quorumMet(seatsOf(request), voters)) return false;
  const allowed = votes.flatMap((vote) => vote.durationMs ?? []);
  const durationMs = Math.min(request.durationMs, ...allowed);
  if (!(await moveRequest(db, { id: request.id, to: 'approved', at }))) return false;
  await recordEvent(db, {
    at,
    type: 'request.approved',
    actorId,
    subject: request.id,
    data: automatic ? { automatic: true } : { voters: voters.map(({ id }) => id), durationMs },
  });
  await grantRequest(context, db, { request, durationMs, at });
  return true;
}
