/**
 * Taking away everything that one person holds, that was given on one resource, or that there is: the second move
 * in an incident. The grants end in batches, each at once on every replica, so that a long list does not wait for
 * its last entry.
 */
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import { countLiveGrants, findGrants, type GrantsHeld, lockLiveGrants } from '../store/operations/grants.ts';
import { listIdentitiesNamed } from '../store/operations/people.ts';
import type { AccessContext } from './context.ts';
import { checkEndNote, endLiveGrants } from './end-grant.ts';
import { grantViews } from './read-views.ts';
import { recordEvent } from './record.ts';
import { isOverseer } from './rights.ts';
import type { GrantView } from './views.ts';

export type RevocationScope =
  /** By id or e-mail address, on all of their accounts. */
  | { readonly kind: 'person'; readonly personId: string }
  | { readonly kind: 'resource'; readonly resource: string }
  | { readonly kind: 'everything' };

export interface RevocationProgress {
  readonly revoked: readonly GrantView[];
  /** Live grants that are still to be revoked. */
  readonly left: number;
}

const BATCH = 250;
/** Enough for more grants than there can be; a stop for new ones that come faster than they are taken away. */
const BATCHES_MAX = 2_000;

/**
 * Revokes every live grant of the scope, those that are made meanwhile included.
 * @param input.onProgress after each batch, which is committed then
 * @returns what was revoked
 * @throws AppError `forbidden` unless an overseer, `not_found` when nobody or nothing is called so, `invalid_input`
 */
export async function revokeMany(
  context: AccessContext,
  input: {
    by: Identity;
    what: RevocationScope;
    reason: string;
    onProgress?: (progress: RevocationProgress) => void;
  },
): Promise<GrantView[]> {
  const { by, what, reason, onProgress } = input;
  const note = checkEndNote(reason);
  if (note === null) throw new AppError('invalid_input', 'Say why: everybody who loses access reads it.');
  if (!isOverseer(context, by)) {
    throw new AppError('forbidden', 'Revoking so much at once is for members of the groups in `oversight`.');
  }
  const held = await heldBy(context, what);
  await noteAsked(context, { by, what, note });
  const revoked: GrantView[] = [];
  for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
    const views = await revokeBatch(context, { held, byId: by.id, note });
    if (views.length === 0) break;
    revoked.push(...views);
    const left = await countLiveGrants(context.store.read(), { what: held });
    onProgress?.({ revoked: views, left });
  }
  return revoked;
}

async function heldBy(context: AccessContext, what: RevocationScope): Promise<GrantsHeld> {
  switch (what.kind) {
    case 'everything':
      return what;
    case 'resource': {
      const { resource } = what;
      const { resources } = context.policy.current().document;
      const known = resources.some(({ name }) => name === resource);
      // What is no longer configured may still be held.
      if (!known && (await countLiveGrants(context.store.read(), { what })) === 0)
        throw new AppError('not_found', `There is no resource named ${resource.slice(0, 63)}.`);
      return what;
    }
    case 'person': {
      const accounts = await listIdentitiesNamed(context.store.read(), { name: what.personId });
      if (accounts.length === 0)
        throw new AppError('not_found', `Nobody called ${what.personId.slice(0, 100)} is known here.`);
      return { kind: 'person', holderIds: accounts.map(({ id }) => id) };
    }
  }
}

async function noteAsked(
  context: AccessContext,
  { by, what, note }: { by: Identity; what: RevocationScope; note: string },
): Promise<void> {
  const { kind, ...of } = what;
  await context.store.transaction((db) =>
    recordEvent(db, {
      at: context.clock.now(),
      type: 'grants.revocation-asked',
      actorId: by.id,
      subject: Object.values(of)[0] ?? 'everything',
      data: { kind, note },
    }),
  );
}

async function revokeBatch(
  context: AccessContext,
  { held, byId, note }: { held: GrantsHeld; byId: string; note: string },
): Promise<GrantView[]> {
  return context.store.transaction(async (db) => {
    const grants = await lockLiveGrants(db, { what: held, limit: BATCH });
    if (grants.length === 0) return [];
    await endLiveGrants(context, db, { grants, to: 'revoked', byId, note });
    return grantViews(db, await findGrants(db, { ids: grants.map(({ id }) => id) }));
  });
}
