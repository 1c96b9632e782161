/** Who may look at and end what others hold. The server decides; a page or card only offers. */
import { type Claim, claimsOf, mayFill } from '../core/claim.ts';
import { AppError } from '../core/errors.ts';
import type { Identity, Person } from '../core/identity.ts';
import type { Approval, Seat } from '../core/request.ts';
import type { VoteRow } from '../store/entities/access.ts';
import type { Database } from '../store/open-store.ts';
import { findRequest, listVotes } from '../store/operations/requests.ts';
import type { Viewer } from '../store/operations/visibility.ts';
import type { AccessContext } from './context.ts';
import { staleGroups } from './group-facts.ts';
import type { GrantView, RequestView } from './views.ts';
import { claimsAnywhere, readVoter, type Voter } from './voting/voter.ts';

/**
 * True for members of `oversight.groups`, as the identity provider said lately: they may read every session and end
 * any grant.
 */
export function isOverseer(context: Pick<AccessContext, 'policy' | 'clock'>, identity: Identity): boolean {
  return refusalUnlessOverseer(context, { identity, text: '' }) === null;
}

/**
 * @param input.text what everybody else is told
 * @returns null for an overseer; whoever is one by facts that are too old is told to sign in again
 */
export function refusalUnlessOverseer(
  context: Pick<AccessContext, 'policy' | 'clock'>,
  { identity, text }: { identity: Identity; text: string },
): AppError | null {
  const { groups } = context.policy.current().document.oversight;
  return refusalUnlessIn(context, { identity, groups, text });
}

/** The same for the members of any of these groups. */
export function refusalUnlessIn(
  context: Pick<AccessContext, 'policy' | 'clock'>,
  input: { identity: Identity; groups: readonly string[]; text: string },
): AppError | null {
  const { identity, groups, text } = input;
  if (identity.kind !== 'person' || !groups.some((group) => identity.groups.includes(group))) {
    return new AppError('forbidden', text);
  }
  const now = context.clock.now();
  return staleGroups(context.policy.current().document, { identity, now, next: 'try again' });
}

/** Behind what says that there is nothing to see: to somebody who would see it after signing in again. */
export function signInHint(context: AccessContext, viewer: Identity | null): string {
  if (viewer === null) return '';
  const refusal = refusalUnlessOverseer(context, { identity: viewer, text: '' });
  return refusal === null || refusal.message === '' ? '' : ` ${refusal.message}`;
}

/** Whose eyes a list is for; null sees everything: the system itself, given as null, and overseers. */
export async function scopeOf(context: AccessContext, viewer: Identity | null): Promise<Viewer | null> {
  if (viewer === null || isOverseer(context, viewer)) return null;
  return { identityId: viewer.id, claims: await claimsToSee(context, viewer) };
}

/** What somebody may decide as, and so may look at: also on call, and in the place of whom they stand for. */
export async function claimsToSee(context: AccessContext, viewer: Identity): Promise<readonly Claim[]> {
  if (viewer.kind !== 'person') return [];
  const claims = await claimsAnywhere(context, { person: viewer });
  const now = context.clock.now();
  return seenAs(await readVoter(context.store.read(), { person: viewer, claims, now }));
}

/** The same of somebody who is known already. */
export function seenAs({ claims, delegations }: Pick<Voter, 'claims' | 'delegations'>): readonly Claim[] {
  return [...new Set([...claims, ...delegations.flatMap((delegation) => delegation.claims)])];
}

/** Who decides about a request, or about what was taken without one: before or afterwards. */
function seatsAsked(approval: Approval): readonly Seat[] {
  switch (approval.kind) {
    case 'votes':
      return approval.seats;
    case 'break-glass':
      return approval.review.seats;
    case 'auto':
      return [];
  }
}

/**
 * True for overseers, for those who voted on the request, and for those who may vote on it. Others may be asked who
 * is on call: do this before any row is locked.
 */
export async function mayOversee(
  context: AccessContext,
  db: Database,
  input: { requestId: string; identity: Identity },
): Promise<boolean> {
  const { identity } = input;
  if (identity.kind !== 'person') return false;
  if (isOverseer(context, identity)) return true;
  const request = await findRequest(db, { id: input.requestId });
  if (request === null) return false;
  return decidesAbout(request.approval, {
    identity,
    votes: () => listVotes(db, { requestIds: [request.id] }),
    claims: () => claimsToSee(context, identity),
  });
}

/** True for those who voted on what has this approval, and for those who may: asked for no more than it takes. */
export async function decidesAbout(
  approval: Approval,
  by: {
    readonly identity: Person;
    readonly votes: () => Promise<readonly VoteRow[]>;
    readonly claims: () => Promise<readonly Claim[]>;
  },
): Promise<boolean> {
  const seats = seatsAsked(approval);
  if (seats.some((seat) => mayFill(seat, claimsOf(by.identity)))) return true;
  if ((await by.votes()).some((vote) => vote.identity.id === by.identity.id)) return true;
  const claims = await by.claims();
  return seats.some((seat) => mayFill(seat, claims));
}

/** Why a grant cannot be prepared is for its holder and for overseers: it can name what others need not know. */
export function grantSeenBy(context: AccessContext, grant: GrantView, viewer: Identity): GrantView {
  const mayKnow = grant.problem === null || grant.holder.id === viewer.id || isOverseer(context, viewer);
  return mayKnow ? grant : { ...grant, problem: null };
}

export function requestSeenBy(context: AccessContext, request: RequestView, viewer: Identity): RequestView {
  const { grant } = request;
  return grant === null ? request : { ...request, grant: grantSeenBy(context, grant, viewer) };
}
