/** Who was in an incident, and as what. */
import { INCIDENT_ROLES, type IncidentRole } from '../../core/incident.ts';
import type { PartyView } from '../views.ts';
import type { IncidentMatter } from './matter.ts';

export interface IncidentPerson {
  readonly person: PartyView;
  /** In the order of `INCIDENT_ROLES`. */
  readonly roles: readonly IncidentRole[];
}

/** Those with the most consequential roles first; whose sessions the reader may not see is there for the rest. */
export function peopleIn(matter: IncidentMatter): readonly IncidentPerson[] {
  const people = new Map<string, { readonly person: PartyView; readonly roles: Set<IncidentRole> }>();
  const note = (person: PartyView | null, role: IncidentRole): void => {
    if (person === null) return;
    const known = people.get(person.id) ?? { person, roles: new Set() };
    known.roles.add(role);
    people.set(person.id, known);
  };
  for (const { openedBy, closedBy } of matter.incidents) {
    note(openedBy, 'opened it');
    note(closedBy, 'closed it');
  }
  for (const request of matter.requests) {
    note(request.requester, 'asked for access');
    if (request.grant !== null) note(request.grant.holder, 'held access');
    for (const { person } of request.votes) note(person, 'decided on requests');
    for (const { author } of request.comments) note(author, 'commented');
    note(request.consent?.by ?? null, 'consented');
  }
  for (const hold of matter.holds) for (const { person } of hold.votes) note(person, 'decided on commands');
  for (const review of matter.reviews) for (const { person } of review.votes) note(person, 'reviewed');
  for (const { who } of matter.freezes) note(who, 'froze access');
  for (const { who } of matter.terminations) note(who, 'ended sessions');
  return [...people.values()]
    .map(({ person, roles }) => ({ person, roles: INCIDENT_ROLES.filter((role) => roles.has(role)) }))
    .toSorted((one, other) => rankOf(one) - rankOf(other) || compareNames(one.person, other.person));
}

function rankOf({ roles }: IncidentPerson): number {
  return Math.min(...roles.map((role) => INCIDENT_ROLES.indexOf(role)));
}

function compareNames(one: PartyView, other: PartyView): number {
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
}
