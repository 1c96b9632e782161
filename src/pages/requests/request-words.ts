/** What the pages say about requests. Pure. */
import { formatDuration } from '../../core/duration.ts';
import type { WireRequest } from '../../web/wire.ts';
import { durationText as elapsedText } from '../parts/relative-time.ts';

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

/** How long people took to decide; null where nobody has, or nobody was asked. */
export function decidedAfter({
  kind,
  state,
  createdAt,
  decidedAt,
  automatic,
}: Pick<WireRequest, 'kind' | 'state' | 'createdAt' | 'decidedAt' | 'automatic'>): string | null {
  const isDecided = state === 'approved' || state === 'denied';
  if (!isDecided || decidedAt === null || automatic || kind === 'break-glass') return null;
  return `after ${elapsedText(Date.parse(decidedAt) - Date.parse(createdAt))}`;
}

/** Whose consent is needed, or who gave it. */
export function consentText(consent: NonNullable<WireRequest['consent']>): string {
  if (!consent.given) return `needed from ${consent.from}`;
  return `given by ${consent.by?.name ?? consent.from}`;
}

/** For how long, and for whom when that is somebody else: `for 1h`, `for 30m more`, `for 1h, for orders-migrator`. */
export function durationText(
  request: Pick<WireRequest, 'kind' | 'durationMs' | 'requester' | 'beneficiary'>,
): string {
  const { kind, durationMs, requester, beneficiary } = request;
  const more = kind === 'extension' ? ' more' : '';
  const other = beneficiary.id === requester.id ? '' : `, for ${beneficiary.name}`;
  return `for ${formatDuration(durationMs)}${more}${other}`;
}
