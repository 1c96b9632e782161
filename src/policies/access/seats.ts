/** From what a policy asks for to the seats of a quorum. */
import { groupSeat, onCallClaim, personClaim } from '../../core/claim.ts';
import type { Seat } from '../../core/request.ts';
import type { ApprovalVotes, SeatSource } from '../document/schema.ts';

/** What an owner's seat is about. */
export interface OwnedResource {
  readonly name: string;
  readonly owners: readonly string[];
}

/**
 * @param resource what is asked for; null where an owner is never asked (commands, changes of the policy). The
 *   seat of an owner whom nobody named is one that nobody fills.
 */
export function seatsOf({ from }: Pick<ApprovalVotes, 'from'>, resource: OwnedResource | null): Seat[] {
  return from.map((seat) => seatOf(seat, resource));
}

function seatOf(seat: SeatSource, resource: OwnedResource | null): Seat {
  if ('group' in seat) return groupSeat(seat.group, seat.count);
  if ('person' in seat) return { name: seat.person, count: 1, anyOf: [personClaim(seat.person)] };
  if ('owner' in seat) {
    const { name, owners } = resource ?? { name: 'the resource', owners: [] };
    return { name: `owners of ${name}`, count: 1, anyOf: owners.map(personClaim) };
  }
  const level = seat.level === 1 ? '' : `, level ${seat.level}`;
  const anyOf = [onCallClaim(seat.onCall, seat.level)];
  return { name: `on call for ${seat.onCall}${level}`, count: seat.count, anyOf };
}

/** Everybody whom any of them asks: a seat that several name is counted once, as often as one of them asks. */
export function seatsTogether(seats: readonly Seat[]): Seat[] {
  const byName = new Map<string, Seat>();
  for (const seat of seats) {
    const known = byName.get(seat.name);
    if (known === undefined || known.count < seat.count) byName.set(seat.name, seat);
  }
  return [...byName.values()];
}
