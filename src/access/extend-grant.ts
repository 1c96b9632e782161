/** The deadline of a grant moves: under its row lock, forward only, and no further than its extension asked for. */
import { after } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { GrantRow } from '../store/entities/access.ts';
import type { Database } from '../store/open-store.ts';
import { findEphemeralRole } from '../store/operations/ephemeral-roles.ts';
import { lockGrant, moveDeadline } from '../store/operations/grants.ts';
import { askForJob, recordEvent } from './record.ts';

/** Why this grant cannot be extended now, or null; it stays so until the transaction ends. */
export async function refusalToExtend(
  db: Database,
  input: { grantId: string; at: Date },
): Promise<AppError | null> {
  const { grantId, at } = input;
  const grant = await lockGrant(db, { id: grantId });
  if (grant === null) return new AppError('not_found', `There is no grant ${grantId.slice(0, 40)}.`);
  return whyNotExtended(grant, at);
}

/** The same of a grant that was read: a first look, before anybody is asked. */
export function whyNotExtended(grant: GrantRow, at: Date): AppError | null {
  if (grant.state === 'issuing')
    return new AppError('conflict', `Grant ${grant.id} is being prepared. Extend it once it is active.`);
  if (grant.state !== 'active' || grant.expiresAt <= at) {
    const state = grant.state === 'active' ? 'expired' : grant.state;
    return new AppError('conflict', `Grant ${grant.id} has ended already: ${state}. Ask for access again.`);
  }
  if (grant.request.kind === 'break-glass') {
    const text = 'Emergency access is not extended. Ask for access, or break the glass again.';
    return new AppError('forbidden', text);
  }
  return null;
}

/**
 * Moves the deadline. Live sessions hear of it in every broker, and stay connected.
 * @throws AppError `conflict` when the grant has ended, or would last longer than was asked for
 */
export async function extendGrant(
  db: Database,
  input: { requestId: string; grantId: string; until: Date; durationMs: number; at: Date },
): Promise<void> {
  const { requestId, grantId, until, durationMs, at } = input;
  const grant = await lockGrant(db, { id: grantId });
  if (grant === null) throw new AppError('not_found', `There is no grant ${grantId.slice(0, 40)}.`);
  const from = grant.expiresAt;
  const to = after(from, durationMs);
  if (to > until) throw new AppError('conflict', `Grant ${grantId} was extended meanwhile. Ask again.`);
  const lastsMs = to.getTime() - grant.startsAt.getTime();
  if (!(await moveDeadline(db, { id: grantId, from, to, durationMs: lastsMs, now: at })))
    throw whyNotExtended(grant, at) ?? new AppError('conflict', `Grant ${grantId} has changed meanwhile.`);
  const data = { requestId, from: from.toISOString(), to: to.toISOString() };
  await recordEvent(db, { at, type: 'grant.extended', actorId: null, subject: grantId, data });
  await askForJob(db, { job: 'expire-grant', payload: { grantId } }, { now: at, runAt: to });
  if ((await findEphemeralRole(db, { grantId })) !== null)
    await askForJob(db, { job: 'extend-ephemeral-role', payload: { grantId } }, { now: at });
  await askForJob(db, { job: 'sync-card', payload: { subject: 'grant', id: grantId } }, { now: at });
  await askForJob(
    db,
    { job: 'sync-card', payload: { subject: 'request', id: grant.request.id } },
    { now: at },
  );
}
