/** What the pages say about requests. Pure. */
import type { WireRequest } from '../../web/wire.ts';

/** Which of them a list shows: all, those for my vote, those that wait, mine. */
export type Show = 'all' | 'vote' | 'pending' | 'mine';

type Seats = Pick<WireRequest, 'seats' | 'automatic'>;

/** How far the quorum is: `1 of 2 votes`, or that none was needed. */
export function seatsText({ seats, automatic }: Seats): string {
  if (automatic) return 'no vote needed';
  const needed = seats.reduce((sum, seat) => sum + seat.count, 0);
  const filled = seats.reduce((sum, seat) => sum + Math.min(seat.filledBy.length, seat.count), 0);
  return `${filled} of ${needed} ${needed === 1 ? 'vote' : 'votes'}`;
}

/** Pending ones first, the one that lapses soonest at the top; then the newest. */
export function pendingFirst(requests: readonly WireRequest[]): WireRequest[] {
  return [...requests].sort((a, b) => {
    if ((a.state === 'pending') !== (b.state === 'pending')) return a.state === 'pending' ? -1 : 1;
    if (a.state === 'pending') return Date.parse(a.lapsesAt) - Date.parse(b.lapsesAt);
    return Date.parse(b.createdAt) - Date.parse(a.createdAt);
  });
}
