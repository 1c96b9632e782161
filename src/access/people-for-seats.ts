/** Who could fill the seats of something that is decided, as far as they are known here. A hint: the vote decides. */
import { groupClaim, personClaim } from '../core/claim.ts';
import type { Seat } from '../core/request.ts';
import type { IdentityRow } from '../store/entities/identity.ts';
import { listDelegations } from '../store/operations/delegations.ts';
import { listPeopleWithClaims } from '../store/operations/people.ts';
import type { AccessContext } from './context.ts';
import { partyOf } from './read-views.ts';
import type { PartyView } from './views.ts';
import { whoIsOnCallForSeats } from './who-is-on-call.ts';

/** By what they are, whoever is on call included; by name. */
export async function listPeopleForSeats(
  context: AccessContext,
  { seats, limit }: { seats: readonly Seat[]; limit: number },
): Promise<readonly IdentityRow[]> {
  const onCall = await whoIsOnCallForSeats(context, { seats });
  const paged = onCall.flatMap(({ people, fallback }) => [
    ...people.map(({ email }) => personClaim(email)),
    ...(fallback === null ? [] : [groupClaim(fallback)]),
  ]);
  const claims = [...new Set([...seats.flatMap((seat) => seat.anyOf), ...paged])];
  return listPeopleWithClaims(context.store.read(), { claims, limit });
}

/** The same, and after them those who decide in the place of one of them. */
export async function listDecidersOf(
  context: AccessContext,
  { seats, limit }: { seats: readonly Seat[]; limit: number },
): Promise<PartyView[]> {
  if (seats.length === 0) return [];
  const own = await listPeopleForSeats(context, { seats, limit });
  const ofIds = own.map(({ id }) => id);
  const delegations = await listDelegations(context.store.read(), {
    ofIds,
    now: context.clock.now(),
    limit,
  });
  const standIns = delegations.filter(
    ({ from, acceptedAt }) => acceptedAt != null && ofIds.includes(from.id),
  );
  return [...own, ...standIns.map(({ to }) => to)].map(partyOf);
}

/** Members of these groups, when they last signed in; by name. */
export async function listMembersOf(
  context: AccessContext,
  { groups, limit }: { groups: readonly string[]; limit: number },
): Promise<PartyView[]> {
  const claims = groups.map(groupClaim);
  return (await listPeopleWithClaims(context.store.read(), { claims, limit })).map(partyOf);
}
