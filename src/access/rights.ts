/** Who may look at and end what others hold. The server decides; a page or card only offers. */
import { claimsOf, mayFill } from '../core/claim.ts';
import type { Identity } from '../core/identity.ts';
import type { Database } from '../store/open-store.ts';
import { findRequest, listVotes } from '../store/operations/requests.ts';
import type { Viewer } from '../store/operations/visibility.ts';
import type { AccessContext } from './context.ts';

/** True for members of `oversight.groups`: they may read every session and end any grant. */
export function isOverseer(context: AccessContext, identity: Identity): boolean {
  if (identity.kind !== 'person') return false;
  const { groups } = context.policy.current().document.oversight;
  return groups.some((group) => identity.groups.includes(group));
}

/** Whose eyes a list is for; null sees everything: the system itself, given as null, and overseers. */
export function scopeOf(context: AccessContext, viewer: Identity | null): Viewer | null {
  if (viewer === null || isOverseer(context, viewer)) return null;
  return { identityId: viewer.id, claims: viewer.kind === 'person' ? claimsOf(viewer) : [] };
}

/** True for overseers, for those who voted on the request, and for those who may vote on it. */
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
  const seats = request.approval.kind === 'votes' ? request.approval.seats : [];
  if (seats.some((seat) => mayFill(seat, claimsOf(identity)))) return true;
  const votes = await listVotes(db, { requestIds: [request.id] });
  return votes.some((vote) => vote.identity.id === identity.id);
}
