import { messageOf } from '../core/errors.ts';
import { activateGrant, findGrant } from '../store/operations/grants.ts';
import type { AccessContext } from './context.ts';
import type { ConnectionPreparer } from './ports.ts';
import { askForJob, recordEvent } from './record.ts';

/**
 * Makes a grant usable: the broker prepares what it needs, then the grant becomes active and its
 * holder is told. Idempotent: a grant that is past `issuing` is left alone.
 * @throws whatever the preparation throws, for the queue to try again
 */
export async function issueGrant(
  context: AccessContext,
  input: { grantId: string; preparer: ConnectionPreparer },
): Promise<'issued' | 'unchanged'> {
  const grant = await findGrant(context.store.read(), { id: input.grantId });
  if (grant === null || grant.state !== 'issuing' || grant.expiresAt <= context.clock.now())
    return 'unchanged';
  try {
    await input.preparer.prepare(grant.id);
  } catch (error) {
    throw new Error(`could not prepare grant ${grant.id}: ${messageOf(error)}`, { cause: error });
  }
  const now = context.clock.now();
  return context.store.transaction(async (db) => {
    if (!(await activateGrant(db, { id: grant.id, now }))) return 'unchanged';
    await recordEvent(db, { at: now, type: 'grant.issued', actorId: null, subject: grant.id });
    await askForJob(db, { job: 'sync-card', payload: { subject: 'grant', id: grant.id } }, { now });
    await askForJob(db, { job: 'sync-card', payload: { subject: 'request', id: grant.request.id } }, { now });
    return 'issued';
  });
}
