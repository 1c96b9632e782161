/**
 * Taking away everything that one person holds, that was given on one resource, or that there is: the second move
 * in an incident. What is asked for and not decided yet is closed first, so that none of it is granted meanwhile. The
 * grants end in batches, each at once on every replica, so that a long list does not wait for its last entry.
 */
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import { countLiveGrants, findGrants, type GrantsHeld, lockLiveGrants } from '../store/operations/grants.ts';
import { listIdentitiesNamed } from '../store/operations/people.ts';
import { listPendingRequests, lockRequest } from '../store/operations/requests.ts';
import { closeAsDenied } from './close-request.ts';
import type { AccessContext } from './context.ts';
import { checkEndNote, endLiveGrants } from './end-grant.ts';
import { keepRefusal } from './keep-refusal.ts';
import { grantViews, readRequestView } from './read-views.ts';
import { recordEvent } from './record.ts';
import { refusalUnlessOverseer } from './rights.ts';
import type { GrantView, RequestView } from './views.ts';

export type RevocationScope =
  /** By id or e-mail address, on all of their accounts. */
  | { readonly kind: 'person'; readonly personId: string }
  | { readonly kind: 'resource'; readonly resource: string }
  | { readonly kind: 'everything' };

export interface RevocationProgress {
  readonly revoked: readonly GrantView[];
  /** Requests that were open. */
  readonly closed: readonly RequestView[];
  /** Live grants that are still to be revoked. */
  readonly left: number;
}

/** What was taken away, once all of it was. */
export interface Revocation {
  readonly grants: readonly GrantView[];
  readonly requests: readonly RequestView[];
  /** How many commands waited for approval under the grants. */
  readonly commands: number;
}

const BATCH = 250;
/** Enough for more grants than there can be; a stop for new ones that come faster than they are taken away. */
const BATCHES_MAX = 2_000;
/** More than can be open at a time. */
const REQUESTS_MAX = 20_000;

/**
 * Closes every open request of the scope and revokes every live grant, those that are made meanwhile included.
 * @param input.onProgress after each batch, which is committed then
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
): Promise<Revocation> {
  const { by, what, reason, onProgress } = input;
  const note = checkEndNote(reason);
  if (note === null) throw new AppError('invalid_input', 'Say why: everybody who loses access reads it.');
  const text = 'Revoking so much at once is for members of the groups in `oversight`.';
  const { kind } = what;
  const attempt = { actorId: by.id, subject: subjectOf(what), data: { kind, note } };
  await keepRefusal(context, { ...attempt, type: 'grants.revocation-refused' }, async () => {
    const refusal = refusalUnlessOverseer(context, { identity: by, text });
    if (refusal !== null) throw refusal;
  });
  const held = await heldBy(context, what);
  await noteAsked(context, { by, what, note });
  const requests = await closeRequests(context, { held, by, note });
  if (requests.length > 0) {
    const left = await countLiveGrants(context.store.read(), { what: held });
    onProgress?.({ revoked: [], closed: requests, left });
  }
  const grants: GrantView[] = [];
  let commands = 0;
  for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
    const ended = await revokeBatch(context, { held, byId: by.id, note });
    if (ended.grants.length === 0) break;
    grants.push(...ended.grants);
    commands += ended.commands;
    const left = await countLiveGrants(context.store.read(), { what: held });
    onProgress?.({ revoked: ended.grants, closed: [], left });
  }
  return { grants, requests, commands };
}

/** One after the other, each under its own lock: whoever decides about one at the moment goes first. */
async function closeRequests(
  context: AccessContext,
  { held, by, note }: { held: GrantsHeld; by: Identity; note: string },
): Promise<RequestView[]> {
  const ids = await listPendingRequests(context.store.read(), { what: held, limit: REQUESTS_MAX });
  const closed: string[] = [];
  for (const id of ids) {
    const done = await context.store.transaction(async (db) => {
      const request = await lockRequest(db, { id });
      const at = context.clock.now();
      return request !== null && closeAsDenied(db, { request, because: note, byId: by.id, at });
    });
    if (done) closed.push(id);
  }
  const db = context.store.read();
  return Promise.all(closed.map((id) => readRequestView(db, id)));
}

async function heldBy(context: AccessContext, what: RevocationScope): Promise<GrantsHeld> {
  switch (what.kind) {
    case 'everything':
      return what;
    case 'resource': {
      const { resource } = what;
      const { resources } = context.policy.current().document;
      const known = resources.some(({ name }) => name === resource);
      // What is no longer configured may still be held, or asked for.
      const db = context.store.read();
      const isUsed =
        known ||
        (await countLiveGrants(db, { what })) > 0 ||
        (await listPendingRequests(db, { what, limit: 1 })).length > 0;
      if (!isUsed) throw new AppError('not_found', `There is no resource named ${resource.slice(0, 63)}.`);
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

function subjectOf({ kind, ...of }: RevocationScope): string {
  return Object.values(of)[0] ?? kind;
}

async function noteAsked(
  context: AccessContext,
  { by, what, note }: { by: Identity; what: RevocationScope; note: string },
): Promise<void> {
  const { kind } = what;
  await context.store.transaction((db) =>
    recordEvent(db, {
      at: context.clock.now(),
      type: 'grants.revocation-asked',
      actorId: by.id,
      subject: subjectOf(what),
      data: { kind, note },
    }),
  );
}

async function revokeBatch(
  context: AccessContext,
  { held, byId, note }: { held: GrantsHeld; byId: string; note: string },
): Promise<{ grants: GrantView[]; commands: number }> {
  return context.store.transaction(async (db) => {
    const grants = await lockLiveGrants(db, { what: held, limit: BATCH });
    if (grants.length === 0) return { grants: [], commands: 0 };
    const commands = await endLiveGrants(context, db, { grants, to: 'revoked', byId, note });
    return {
      grants: await grantViews(db, await findGrants(db, { ids: grants.map(({ id }) => id) })),
      commands,
    };
  });
}
