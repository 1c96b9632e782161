/** How cards say things that several of them say: people, times, quorums, ends. */
import type { PartyView, RequestView, SeatView } from '../../access/views.ts';
import type { RequestKind, Seat } from '../../core/request.ts';
import type { EndReason } from '../../core/session.ts';
import { NAME_CHARACTERS_MAX } from './limits.ts';
import { plainLine } from './plain-text.ts';

/** `2026-11-21 14:05 UTC`: a card stays as it was rendered, so it never says "in five minutes". */
export function formatInstant(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `14:05:09 UTC`: the moment of a statement within a session whose day is on the card. */
export function formatTimeOfDay(at: Date): string {
  return `${at.toISOString().slice(11, 19)} UTC`;
}

export function nameOf(party: PartyView): string {
  return plainLine(party.name, NAME_CHARACTERS_MAX) || party.id;
}

/** `Bob`, or `Bob for Dana` when Dana let Bob decide in her place. */
export function voterInWords(vote: {
  readonly person: PartyView;
  readonly onBehalfOf: PartyView | null;
}): string {
  const delegator = vote.onBehalfOf === null ? '' : ` for ${nameOf(vote.onBehalfOf)}`;
  return `${nameOf(vote.person)}${delegator}`;
}

/** `Alice Adams (alice@example.com)`; for a workload, who answers for it. */
export function fullNameOf(party: PartyView): string {
  const email = plainLine(party.email, NAME_CHARACTERS_MAX);
  if (party.kind === 'workload') return `${nameOf(party)} (workload of ${email})`;
  return `${nameOf(party)} (${email})`;
}

/** `Bob, Dana and Eve`. */
export function listInWords(parts: readonly string[]): string {
  if (parts.length <= 1) return parts[0] ?? '';
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}

/**
 * `1 of sre and 1 of dba`. A seat for one named person or one owner is just that: `dana@example.com`.
 */
export function seatsInWords(seats: readonly Seat[]): string {
  return listInWords(seats.map(seatInWords));
}

function seatInWords(seat: Seat): string {
  const name = plainLine(seat.name, NAME_CHARACTERS_MAX);
  const isGroup = seat.anyOf.length > 0 && seat.anyOf.every((claim) => claim.startsWith('group:'));
  if (isGroup || seat.count > 1) return `${seat.count} of ${name}`;
  return name;
}

/** Who let it happen: people, the policy, or nobody. */
export function whoApproved(of: {
  readonly approvers: readonly PartyView[];
  readonly kind?: RequestKind;
}): string {
  if (of.approvers.length > 0) return listInWords(of.approvers.map(nameOf));
  return of.kind === 'break-glass' ? 'nobody: it was taken in an emergency' : 'the policy, automatically';
}

/** The seats nobody has filled yet. */
function openSeats(seats: readonly SeatView[]): readonly Seat[] {
  return seats
    .map((seat) => ({ ...seat, count: seat.count - seat.filledBy.length }))
    .filter((seat) => seat.count > 0);
}

/** Who must still agree, as the end of a sentence. */
export function stillNeeded(matter: { readonly seats: readonly SeatView[] }): string {
  return seatsInWords(openSeats(matter.seats)) || 'nobody';
}

/** Who must still agree to a request: a consent first, since it is no vote. */
export function lacking(request: Pick<RequestView, 'consent' | 'seats'>): string {
  const { consent } = request;
  const votes = stillNeeded(request);
  if (consent === null || consent.given) return votes;
  const missing = `the consent of ${plainLine(consent.from, NAME_CHARACTERS_MAX)}`;
  return votes === 'nobody' ? missing : `${missing}, and ${votes}`;
}

/** What approval takes: `approved automatically`, or `needs 1 of sre and 1 of dba`. */
export function approvalInWords(approval: {
  readonly automatic: boolean;
  readonly seats: readonly Seat[];
}): string {
  return approval.automatic ? 'approved automatically' : `needs ${seatsInWords(approval.seats)}`;
}

/** Why a session ended, as the end of a sentence. */
export const END_IN_WORDS: Readonly<Record<EndReason, string>> = {
  'client-closed': 'the client closed it',
  'grant-expired': 'the access expired',
  'grant-revoked': 'the access was revoked',
  'grant-done': 'its holder was done',
  terminated: 'it was terminated',
  'upstream-closed': 'the target closed the connection',
  'upstream-failed': 'the target could not be reached',
  'protocol-error': 'the client broke the protocol',
  'recording-failed': 'it could not be recorded any more',
  'stopped-by-rule': 'a rule stopped it',
  'policy-changed': 'the policy changed',
  'state-unconfirmed': 'the broker could not confirm that the access is still good',
  shutdown: 'the broker shut down',
  'broker-lost': 'the broker was lost',
};
