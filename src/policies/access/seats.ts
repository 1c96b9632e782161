/** From what a policy asks for to the seats of a quorum. */
import { groupSeat } from '../../core/claim.ts';
import type { Seat } from '../../core/request.ts';
import type { ApprovalVotes } from '../document/schema.ts';

export function seatsOf({ from }: Pick<ApprovalVotes, 'from'>): Seat[] {
  return from.map(({ group, count }) => groupSeat(group, count));
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
