import { after } from '../core/clock.ts';
import type { Database } from '../store/open-store.ts';
import { insertGrant } from '../store/operations/grants.ts';
import { type AccessContext, newId } from './context.ts';
import { askForJob, recordEvent } from './record.ts';

/**
 * Creates the grant of an approved request, in the approving transaction. Its clock starts here, at
 * approval; the job makes it active once the broker has prepared the connection.
 */
export async function createGrant(
  context: AccessContext,
  db: Database,
  input: { requestId: string; holderId: string; durationMs: number; at: Date },
): Promise<void> {
  const id = newId(context, 'g');
  const expiresAt = after(input.at, input.durationMs);
  await insertGrant(db, {
    id,
    requestId: input.requestId,
    holderId: input.holderId,
    durationMs: input.durationMs,
    startsAt: input.at,
    expiresAt,
  });
  await recordEvent(db, {
    at: input.at,
    type: 'grant.created',
    actorId: null,
    subject: id,
    data: { requestId: input.requestId, expiresAt: expiresAt.toISOString() },
  });
  await askForJob(db, { job: 'issue-grant', payload: { grantId: id } }, { now: input.at });
  await askForJob(db, { job: 'expire-grant', payload: { grantId: id } }, { now: input.at, runAt: expiresAt });
}
