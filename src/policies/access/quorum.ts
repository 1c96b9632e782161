/**
 * Whether the votes fill the seats. One person fills one seat, whatever groups they are in: a person
 * in two groups must not satisfy both.
 */
import { type Claim, mayFill } from '../../core/claim.ts';
import type { Seat } from '../../core/request.ts';

export interface SeatVoter {
  readonly id: string;
  readonly claims: readonly Claim[];
}

/**
 * Seats as many voters as can be seated at once (a maximum matching, by augmenting paths).
 * @returns for each seat, in order, the ids of the voters who fill it
 */
export function seatVoters(
  seats: readonly Seat[],
  voters: readonly SeatVoter[],
): readonly (readonly string[])[] {
  const chairs = seats.flatMap((seat, index) =>
    Array.from({ length: seat.count }, () => ({ seat: index, anyOf: seat.anyOf })),
  );
  const sitter: (SeatVoter | undefined)[] = chairs.map(() => undefined);

  const place = (voter: SeatVoter, tried: Set<number>): boolean => {
    for (const [index, chair] of chairs.entries()) {
      if (tried.has(index) || !mayFill(chair, voter.claims)) continue;
      tried.add(index);
      const before = sitter[index];
      if (before === undefined || place(before, tried)) {
        sitter[index] = voter;
        return true;
      }
    }
    return false;
  };

  const seen = new Set<string>();
  for (const voter of voters) {
    if (seen.has(voter.id)) continue;
    seen.add(voter.id);
    place(voter, new Set());
  }
  return seats.map((_, seat) =>
    chairs.flatMap((chair, index) =>
      chair.seat === seat && sitter[index] !== undefined ? [sitter[index].id] : [],
    ),
  );
}

/** True when every seat is filled. */
export function quorumMet(seats: readonly Seat[], voters: readonly SeatVoter[]): boolean {
  const filled = seatVoters(seats, voters);
  return seats.every((seat, index) => (filled[index]?.length ?? 0) >= seat.count);
}
