/** What policies and seats are called in sentences. */
import { personClaim } from '../../core/claim.ts';
import { formatDuration } from '../../core/duration.ts';
import type { Approval, Seat } from '../../core/request.ts';
import type { AccessPolicy } from '../document/schema.ts';

/** `members of sre or workload migrator (when …)`. */
export function whoText({ who }: AccessPolicy): string {
  const groups = who.groups?.map((group) => `members of ${group}`) ?? [];
  const workloads = who.workloads?.map((workload) => `workload ${workload}`) ?? [];
  const people = [...groups, ...workloads].join(' or ') || 'anyone';
  return who.when === undefined ? people : `${people} (when ${who.when})`;
}

/** `after 1 of sre and 1 of dba approve`, or `without asking anyone`. */
export function approvalText(approval: Approval): string {
  switch (approval.kind) {
    case 'auto':
      return 'without asking anyone';
    case 'votes':
      return `after ${seatsText(approval.seats)} approve`;
    case 'break-glass': {
      const { seats, withinMs } = approval.review;
      return `at once, and ${seatsText(seats)} review it within ${formatDuration(withinMs)}`;
    }
  }
}

function seatsText(seats: readonly Seat[]): string {
  return seats.map(seatText).join(' and ');
}

/** A person is not counted, everybody else is. */
function seatText({ name, count, anyOf }: Seat): string {
  if (anyOf.length === 1 && anyOf[0] === personClaim(name)) return name;
  return anyOf.some((claim) => claim.startsWith('on-call:')) ? `${count} ${name}` : `${count} of ${name}`;
}
