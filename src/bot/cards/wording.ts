/** How cards say things that several of them say: people, times, quorums, ends. */
import type { PartyView, RequestView, SeatView } from '../../access/views.ts';
import type { RequestKind, Seat } from '../../core/request.ts';
import { texts } from '../texts/texts.ts';
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
  const voter = nameOf(vote.person);
  if (vote.onBehalfOf === null) return voter;
  return texts().people.forSomebody({ voter, delegator: nameOf(vote.onBehalfOf) });
}

/** `Alice Adams (alice@example.com)`; for a workload, who answers for it. */
export function fullNameOf(party: PartyView): string {
  const { people } = texts();
  const name = nameOf(party);
  const email = plainLine(party.email, NAME_CHARACTERS_MAX);
  return party.kind === 'workload' ? people.workload({ name, owner: email }) : people.person({ name, email });
}

/** `Bob, Dana and Eve`. */
export function listInWords(parts: readonly string[]): string {
  return texts().people.list(parts);
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
  if (isGroup || seat.count > 1) return texts().people.seat(seat.count, name);
  return name;
}

/** Who let it happen: people, the policy, or nobody. */
export function whoApproved(of: {
  readonly approvers: readonly PartyView[];
  readonly kind?: RequestKind;
}): string {
  if (of.approvers.length > 0) return listInWords(of.approvers.map(nameOf));
  const { people } = texts();
  return of.kind === 'break-glass' ? people.takenInEmergency : people.approvedByPolicy;
}

/** The seats nobody has filled yet. */
function openSeats(seats: readonly SeatView[]): readonly Seat[] {
  return seats
    .map((seat) => ({ ...seat, count: seat.count - seat.filledBy.length }))
    .filter((seat) => seat.count > 0);
}

/** Who must still agree, as the end of a sentence. */
export function stillNeeded(matter: { readonly seats: readonly SeatView[] }): string {
  return seatsInWords(openSeats(matter.seats)) || texts().people.nobody;
}

/** Who must still agree to a request: a consent first, since it is no vote. */
export function lacking(request: Pick<RequestView, 'consent' | 'seats'>): string {
  const { people } = texts();
  const votes = seatsInWords(openSeats(request.seats));
  if (request.consent === null || request.consent.given) return votes || people.nobody;
  const consent = people.consentOf(plainLine(request.consent.from, NAME_CHARACTERS_MAX));
  return votes === '' ? consent : people.consentAndVotes({ consent, votes });
}

/** What approval takes: `approved automatically`, or `needs 1 of sre and 1 of dba`. */
export function approvalInWords(approval: {
  readonly automatic: boolean;
  readonly seats: readonly Seat[];
}): string {
  const { people } = texts();
  return approval.automatic ? people.approvedAutomatically : people.needs(seatsInWords(approval.seats));
}

/** An instant that may not have come. */
export function instantOrNull(at: Date | null): string | null {
  return at === null ? null : formatInstant(at);
}

/** Somebody who may be unknown. */
export function nameOrNull(party: PartyView | null): string | null {
  return party === null ? null : nameOf(party);
}

/** What may be asked for: `write on orders-db`. */
export function roleOnResource({
  role,
  resource,
}: {
  readonly role: string;
  readonly resource: string;
}): string {
  return texts().people.roleOnResource({ role, resource });
}

/** The same of what is held or used: `orders-db as write`. */
export function resourceAsRole({
  role,
  resource,
}: {
  readonly role: string;
  readonly resource: string;
}): string {
  return texts().people.resourceAsRole({ role, resource });
}
