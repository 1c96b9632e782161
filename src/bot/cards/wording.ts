/** How cards say things that several of them say: people, times, quorums, ends. */
import type { PartyView, SeatView } from '../../access/views.ts';
import type { Seat } from '../../core/request.ts';
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

/** `1 of sre and 1 of dba`. */
export function seatsInWords(seats: readonly Seat[]): string {
  return listInWords(seats.map((seat) => `${seat.count} of ${plainLine(seat.name, NAME_CHARACTERS_MAX)}`));
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
