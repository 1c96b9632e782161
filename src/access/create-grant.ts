import { after } from '../core/clock.ts';
import type { ReviewTerms } from '../core/request.ts';
import type { Database } from '../store/open-store.ts';
import { insertGrant } from '../store/operations/grants.ts';
import { type AccessContext, newId } from './context.ts';
import { requireThawed } from './freeze.ts';
import { askForJob, recordEvent } from './record.ts';
import { openReview } from './reviews.ts';

/**
 * Creates the grant of an approved request, in the approving transaction. Its clock starts here, at
 * approval; the job makes it active once the broker has prepared the connection.
 * @param input.review set for break-glass, which is never granted without one
 * @throws AppError `frozen`, and then nothing of the transaction may be kept
 */
export async function createGrant(
  context: AccessContext,
  db: Database,
  input: { requestId: string; holderId: string; durationMs: number; at: Date; review?: ReviewTerms },
): Promise<void> {
  const { requestId, holderId, durationMs, at, review } = input;
  await requireThawed(db);
  const id = newId(context, 'g');
  const expiresAt = after(at, durationMs);
  await insertGrant(db, { id, requestId, holderId, durationMs, startsAt: at, expiresAt });
  await recordEvent(db, {
    at,
    type: 'grant.created',
    actorId: null,
    subject: id,
    data: { requestId, expiresAt: expiresAt.toISOString() },
  });
  if (review !== undefined) {
    const data = { requestId };
    await recordEvent(db, { at, type: 'break-glass.taken', actorId: holderId, subject: id, data });
    await openReview(context, db, { grantId: id, requestId, expiresAt, review, at });
  }
  await askForJob(db, { job: 'issue-grant', payload: { grantId: id } }, { now: at });
  await askForJob(db, { job: 'expire-grant', payload: { grantId: id } }, { now: at, runAt: expiresAt });
}
