/** The three ways a grant ends. Live sessions hear of it through the grant's notification, in every broker. */
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { GrantRow } from '../store/entities/access.ts';
import type { Database } from '../store/open-store.ts';
import { listEphemeralRolesOf } from '../store/operations/ephemeral-roles.ts';
import { endGrants, findGrant, lockGrant } from '../store/operations/grants.ts';
import { listPendingExtensions } from '../store/operations/requests.ts';
import type { AccessContext } from './context.ts';
import { keepRefusal } from './keep-refusal.ts';
import { grantViews } from './read-views.ts';
import { askForJobs, type EventType, type JobRequest, recordEvents } from './record.ts';
import { startReview } from './reviews.ts';
import { mayOversee } from './rights.ts';
import { withdrawHoldsOfGrants } from './settle-hold.ts';
import type { GrantView } from './views.ts';

const NOTE_CHARACTERS_MAX = 1_000;
const EVENT: Readonly<Record<'expired' | 'revoked' | 'done', EventType>> = {
  expired: 'grant.expired',
  revoked: 'grant.revoked',
  done: 'grant.done',
};

/**
 * The holder gives the grant back.
 * @throws AppError `forbidden` for anyone else, `conflict` when it has ended, `not_found`
 */
export async function finishGrant(
  context: AccessContext,
  input: { grantId: string; by: Identity },
): Promise<GrantView> {
  return context.store.transaction(async (db) => {
    const grant = await lockedGrant(db, input.grantId);
    const refusal = refusalToFinish(grant, input.by);
    if (refusal !== null) throw refusal;
    return endAndRead(context, db, { grant, to: 'done', byId: input.by.id, note: null });
  });
}

/**
 * An approver or overseer ends the grant.
 * @throws AppError `forbidden`, `conflict` when it has ended, `not_found`, `invalid_input`
 */
export async function revokeGrant(
  context: AccessContext,
  input: { grantId: string; by: Identity; reason: string },
): Promise<GrantView> {
  const note = checkEndNote(input.reason);
  const seen = await findGrant(context.store.read(), { id: input.grantId });
  if (seen === null) throw new AppError('not_found', `There is no grant ${input.grantId.slice(0, 40)}.`);
  // Others may be asked who is on call: before the row is locked.
  const stranger = await refusalUnlessMayRevoke(context, { grant: seen, by: input.by });
  const attempt = { actorId: input.by.id, subject: seen.id, data: { note } };
  return keepRefusal(context, { ...attempt, type: 'grant.revocation-refused' }, () =>
    context.store.transaction(async (db) => {
      const grant = await lockedGrant(db, input.grantId);
      const refusal = refusalOfEndedGrant(grant) ?? stranger;
      if (refusal !== null) throw refusal;
      return endAndRead(context, db, { grant, to: 'revoked', byId: input.by.id, note });
    }),
  );
}

/** Ends a grant whose deadline has passed. Idempotent. @returns true if this call did it */
export async function expireGrant(context: AccessContext, input: { grantId: string }): Promise<boolean> {
  return context.store.transaction(async (db) => {
    const grant = await lockGrant(db, { id: input.grantId });
    if (grant === null || !isLive(grant) || grant.expiresAt > context.clock.now()) return false;
    await endLiveGrant(context, db, { grant, to: 'expired', byId: null, note: null });
    return true;
  });
}

/** Null for the holder of a grant that is live. */
export function refusalToFinish(grant: GrantRow, by: Identity): AppError | null {
  const ended = refusalOfEndedGrant(grant);
  if (ended !== null || grant.holder.id === by.id) return ended;
  const text = 'Only its holder can give a grant back. To end it for someone else, revoke it.';
  return new AppError('forbidden', text);
}

/** Null for whoever may revoke this grant now. @param input.mayOversee whether that is one of them */
export async function refusalToRevoke(input: {
  grant: GrantRow;
  mayOversee: () => Promise<boolean>;
}): Promise<AppError | null> {
  const ended = refusalOfEndedGrant(input.grant);
  if (ended !== null || (await input.mayOversee())) return ended;
  return notToRevoke();
}

function refusalOfEndedGrant(grant: GrantRow): AppError | null {
  if (isLive(grant)) return null;
  return new AppError('conflict', `Grant ${grant.id} has ended already: ${grant.state}.`);
}

async function refusalUnlessMayRevoke(
  context: AccessContext,
  { grant, by }: { grant: GrantRow; by: Identity },
): Promise<AppError | null> {
  const asked = { requestId: grant.request.id, identity: by };
  return (await mayOversee(context, context.store.read(), asked)) ? null : notToRevoke();
}

function notToRevoke(): AppError {
  return new AppError('forbidden', 'Revoking this grant is for its approvers and for overseers.');
}

async function lockedGrant(db: Database, id: string): Promise<GrantRow> {
  const grant = await lockGrant(db, { id });
  if (grant === null) throw new AppError('not_found', `There is no grant ${id.slice(0, 40)}.`);
  return grant;
}

function isLive(grant: GrantRow): boolean {
  return grant.state === 'issuing' || grant.state === 'active';
}

interface GrantsEnding {
  readonly to: 'expired' | 'revoked' | 'done';
  /** Null when the system itself ends them. */
  readonly byId: string | null;
  readonly note: string | null;
}

interface GrantEnding extends GrantsEnding {
  readonly grant: GrantRow;
}

/**
 * Ends live grants whose row locks the caller holds, and everything that hangs on them.
 * @returns how many commands waited for approval under them
 */
export async function endLiveGrants(
  context: AccessContext,
  db: Database,
  { grants, to, byId, note }: GrantsEnding & { readonly grants: readonly GrantRow[] },
): Promise<number> {
  const at = context.clock.now();
  const grantIds = grants.map(({ id }) => id);
  await endGrants(db, { ids: grantIds, to, at, byId, note });
  const events = grantIds.map((subject) => ({ at, type: EVENT[to], actorId: byId, subject, data: { note } }));
  await recordEvents(db, events);
  for (const grant of grants) await startReview(db, { grant, at });
  const roles = await listEphemeralRolesOf(db, { grantIds });
  // In transactions of their own: whoever decides about an extension locks the request before the grant.
  const extensions = await listPendingExtensions(db, { grantIds });
  const jobs: JobRequest[] = [
    ...roles.map((grantId) => ({ job: 'drop-ephemeral-role', payload: { grantId } }) as const),
    ...extensions.map((requestId) => ({ job: 'expire-request', payload: { requestId } }) as const),
    ...grants.flatMap(({ id, request }) => [
      { job: 'sync-card', payload: { subject: 'grant', id } } as const,
      { job: 'sync-card', payload: { subject: 'request', id: request.id } } as const,
    ]),
  ];
  await askForJobs(db, jobs, { now: at });
  return withdrawHoldsOfGrants(db, { grantIds, at });
}

async function endLiveGrant(context: AccessContext, db: Database, ending: GrantEnding): Promise<void> {
  const { grant, ...how } = ending;
  await endLiveGrants(context, db, { ...how, grants: [grant] });
}

async function endAndRead(context: AccessContext, db: Database, ending: GrantEnding): Promise<GrantView> {
  await endLiveGrant(context, db, ending);
  const row = await findGrant(db, { id: ending.grant.id });
  const [view] = await grantViews(db, row === null ? [] : [row]);
  if (view === undefined) throw new AppError('internal', 'the grant could not be read back');
  return view;
}

/**
 * What is kept of why a grant was taken away.
 * @throws AppError `invalid_input`
 */
export function checkEndNote(text: string): string | null {
  if (text.length > NOTE_CHARACTERS_MAX) {
    throw new AppError('invalid_input', `The reason is longer than ${NOTE_CHARACTERS_MAX} characters.`);
  }
  return text.trim() || null;
}
