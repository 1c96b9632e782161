/** What an approval leads to: a grant, or more time for one. The same for votes, automatic policies and break-glass. */
import { AppError } from '../core/errors.ts';
import type { RequestRow } from '../store/entities/access.ts';
import type { Database } from '../store/open-store.ts';
import type { AccessContext } from './context.ts';
import { createGrant } from './create-grant.ts';
import { extendGrant, refusalToExtend } from './extend-grant.ts';
import { refusalWhileFrozen } from './freeze.ts';

/**
 * Why nothing can be granted on this request now, whoever approves it; null when it can. What it looked at stays
 * so until the transaction ends. The order of locks is: freeze, request, grant.
 */
export async function refusalToGrant(
  db: Database,
  input: { request: Pick<RequestRow, 'extendsId'>; at: Date },
): Promise<AppError | null> {
  const { request, at } = input;
  const frozen = await refusalWhileFrozen(db);
  if (frozen !== null || request.extendsId == null) return frozen;
  return refusalToExtend(db, { grantId: request.extendsId, at });
}

/**
 * Gives what was approved, in the approving transaction.
 * @param input.durationMs what was approved: that of the grant, or how much later it ends
 * @throws AppError `frozen`, `conflict`: what `refusalToGrant` would have said; nothing may be kept then
 */
export async function grantRequest(
  context: AccessContext,
  db: Database,
  input: { request: RequestRow; durationMs: number; at: Date },
): Promise<void> {
  const { request, durationMs, at } = input;
  // By the clock and not by `at`: whoever waited long for a lock does not bring back what has ended meanwhile.
  const refusal = await refusalToGrant(db, { request, at: context.clock.now() });
  if (refusal !== null) throw refusal;
  if (request.extendsId != null) {
    if (request.extendUntil == null) throw new AppError('internal', `extension ${request.id} has no limit`);
    const { id: requestId, extendsId: grantId, extendUntil: until } = request;
    return extendGrant(db, { requestId, grantId, until, durationMs, at });
  }
  const { approval, beneficiary } = request;
  const review = approval.kind === 'break-glass' ? { review: approval.review } : {};
  return createGrant(context, db, {
    requestId: request.id,
    holderId: beneficiary.id,
    durationMs,
    at,
    ...review,
  });
}
