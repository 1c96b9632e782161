/** Showing the connection: a new secret each time, to the holder alone, in the answer to this call alone. */
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import { makeConnectionSecret } from '../identity/connection-secret.ts';
import type { GrantRow } from '../store/entities/access.ts';
import { findGrant, setGrantVerifier } from '../store/operations/grants.ts';
import type { AccessContext } from './context.ts';
import { grantViews } from './read-views.ts';
import { databaseConnection, hostConnection } from './ready-to-paste.ts';
import { askForJob, recordEvent } from './record.ts';
import type { RevealedConnection } from './views.ts';

/**
 * @throws AppError `forbidden` unless the grant is the caller's own, `conflict` while it is being
 *   prepared, `gone` when it has ended, `not_found`
 */
export async function revealConnection(
  context: AccessContext,
  input: { grantId: string; by: Identity; platform: string },
): Promise<RevealedConnection> {
  const { secret, verifier } = makeConnectionSecret(context.random);
  const now = context.clock.now();
  return context.store.transaction(async (db) => {
    const row = await findGrant(db, { id: input.grantId });
    if (row === null) throw new AppError('not_found', `There is no grant ${input.grantId.slice(0, 40)}.`);
    const refusal = refusalToReveal(row, { by: input.by, now });
    if (refusal !== null) throw refusal;
    if (!(await setGrantVerifier(db, { id: row.id, scram: verifier, now }))) throw hasEnded(row);
    await recordEvent(db, {
      at: now,
      type: 'grant.revealed',
      actorId: input.by.id,
      subject: row.id,
      data: { platform: input.platform },
    });
    await askForJob(db, { job: 'sync-card', payload: { subject: 'grant', id: row.id } }, { now });
    const fresh = await findGrant(db, { id: row.id });
    const [view] = await grantViews(db, fresh === null ? [] : [fresh]);
    if (view === undefined) throw new AppError('internal', 'the grant could not be read back');
    const resource = context.policy.current().document.resources.find((one) => one.name === view.resource);
    if (resource?.kind !== view.resourceKind || !Object.hasOwn(resource.roles, view.role)) {
      throw new AppError('gone', `${view.role} on ${view.resource} is no longer configured.`);
    }
    const revealed = { grant: view, password: secret.reveal() };
    return resource.kind === 'postgres'
      ? databaseConnection(revealed, { ...context.settings.postgres, database: resource.database })
      : hostConnection(revealed, context.settings.ssh);
  });
}

/** Null for the holder of a grant that is live and prepared. */
export function refusalToReveal(
  grant: GrantRow,
  { by, now }: { readonly by: Identity; readonly now: Date },
): AppError | null {
  if (grant.holder.id !== by.id)
    return new AppError('forbidden', 'Only its holder can see the connection of a grant.');
  if (grant.state === 'issuing')
    return new AppError('conflict', 'The connection is being prepared. Try again in a moment.');
  return grant.state === 'active' && grant.expiresAt > now ? null : hasEnded(grant);
}

function hasEnded({ id, state }: GrantRow): AppError {
  return new AppError('gone', `Grant ${id} has ended: ${state === 'active' ? 'expired' : state}.`);
}
