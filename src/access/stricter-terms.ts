/** Two policies about one request, the one of when it was asked and the one of now: the stricter of both. */
import { type Claim, groupClaim } from '../core/claim.ts';
import type { Seat, VotesApproval } from '../core/request.ts';

export type StricterTerms =
  | { readonly kind: 'none' }
  /** More people have to agree. */
  | { readonly kind: 'seats'; readonly approval: VotesApproval }
  /** More is asked of those who vote, which votes of before cannot make up for. */
  | { readonly kind: 'voters' };

/** What `now` asks for beyond `asked`. Nothing that `asked` needs is given up. */
export function stricterTerms(asked: VotesApproval, now: VotesApproval): StricterTerms {
  if (asksMoreOfVoters(asked, now)) return { kind: 'voters' };
  const seats = now.seats.reduce((all, seat) => withSeat(all, { seat, asked, now }), asked.seats);
  const isSame =
    seats.length === asked.seats.length && seats.every((seat, index) => seat === asked.seats[index]);
  if (isSame) return { kind: 'none' };
  const { escalation, ...rest } = asked;
  // The group that one policy escalates to does not fill the seats of another.
  const keeps = escalation !== undefined && escalation.group === now.escalation?.group;
  return { kind: 'seats', approval: { ...rest, ...(keeps ? { escalation } : {}), seats } };
}

function asksMoreOfVoters(asked: VotesApproval, now: VotesApproval): boolean {
  const keptOut = asked.notFromGroups ?? [];
  const moreKeptOut = (now.notFromGroups ?? []).some((pattern) => !keptOut.includes(pattern));
  const signInAgeMs = (terms: VotesApproval): number => terms.signInAgeMaxMs ?? Number.POSITIVE_INFINITY;
  return moreKeptOut || signInAgeMs(now) < signInAgeMs(asked);
}

/** A seat that the same people fill takes the larger number of them; any other comes beside it. */
function withSeat(
  seats: readonly Seat[],
  { seat, asked, now }: { seat: Seat; asked: VotesApproval; now: VotesApproval },
): readonly Seat[] {
  const escalated = [asked, now].flatMap(({ escalation }) =>
    escalation === undefined ? [] : [groupClaim(escalation.group)],
  );
  const isFilledBy = ({ anyOf }: Seat): boolean =>
    anyOf.every((claim: Claim) => covers(seat, claim, escalated));
  const known = seats.find((one) => one.name === seat.name && isFilledBy(one));
  if (known === undefined) return [...seats, seat];
  if (known.count >= seat.count) return seats;
  return seats.map((one) => (one === known ? { ...known, count: seat.count } : one));
}

function covers({ anyOf }: Seat, claim: Claim, escalated: readonly Claim[]): boolean {
  return anyOf.includes(claim) || escalated.includes(claim);
}
