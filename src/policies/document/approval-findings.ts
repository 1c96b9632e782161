/** What is wrong with an approval, as far as its shape alone cannot say. */
import type { Finding, Path } from './problems.ts';
import type { ApprovalVotes, PolicyDocument, SeatSource } from './schema.ts';

interface SeatsToCheck {
  readonly document: Pick<PolicyDocument, 'onCall'>;
  readonly seats: readonly SeatSource[];
  readonly path: Path;
  /** What is approved; null where that is no access to a resource. */
  readonly resources: readonly { readonly name: string; readonly owners: readonly string[] }[] | null;
}

/** Schedules that are not there, levels that a schedule does not have, owners that nobody named. */
export function seatFindings({ document, seats, path, resources }: SeatsToCheck): Finding[] {
  return seats.flatMap((seat, position): Finding[] => {
    if ('onCall' in seat) return onCallFindings(document, seat, [...path, position]);
    if ('owner' in seat) return ownerFindings(resources, [...path, position, 'owner']);
    return [];
  });
}

function onCallFindings(
  document: SeatsToCheck['document'],
  seat: Extract<SeatSource, { onCall: string }>,
  path: Path,
): Finding[] {
  const schedule = document.onCall.find(({ name }) => name === seat.onCall);
  if (schedule === undefined) {
    const names = document.onCall.map(({ name }) => name).join(', ');
    const known = names === '' ? 'onCall lists none' : `onCall lists ${names}`;
    return [{ path: [...path, 'onCall'], message: `nothing in onCall is named ${seat.onCall}; ${known}` }];
  }
  if (seat.level > 1 && schedule.pagerDuty.escalationPolicy === undefined) {
    const message = `${seat.onCall} is a schedule, which has one level; levels are those of an escalationPolicy`;
    return [{ path: [...path, 'level'], message }];
  }
  return [];
}

function ownerFindings(resources: SeatsToCheck['resources'], path: Path): Finding[] {
  if (resources === null) {
    return [
      { path, message: 'an owner is asked for access to a resource only; name a group or a person here' },
    ];
  }
  const without = resources.filter(({ owners }) => owners.length === 0).map(({ name }) => name);
  if (without.length === 0) return [];
  const have = without.length === 1 ? 'has' : 'have';
  return [
    { path, message: `${without.slice(0, 5).join(', ')} ${have} no owners; nobody could fill this seat` },
  ];
}

/** Times after which a request has lapsed already. */
export function timeFindings(approval: ApprovalVotes, path: Path): Finding[] {
  const { within, remindAfter, escalateTo } = approval;
  const message = 'by then the request has lapsed; it must be less than within';
  const found: Finding[] = [];
  if (remindAfter !== undefined && remindAfter >= within)
    found.push({ path: [...path, 'remindAfter'], message });
  if (escalateTo !== undefined && escalateTo.after >= within) {
    found.push({ path: [...path, 'escalateTo', 'after'], message });
  }
  return found;
}
