import { type Claim, onCallClaim, parseOnCallClaim } from '../../core/claim.ts';
import type { Person } from '../../core/identity.ts';
import type { Seat } from '../../core/request.ts';
import type { PolicyDocument } from '../../policies/document/schema.ts';
import type { AccessContext } from '../context.ts';
import { isSameAddress } from './same-person.ts';

/**
 * For which schedules that these seats name the person is on call now. While nobody knows who is, the members of a
 * schedule's fallback group are; without one nobody is.
 */
export async function onCallClaims(
  context: Pick<AccessContext, 'onCall' | 'policy'>,
  { person, seats }: { person: Person; seats: readonly Pick<Seat, 'anyOf'>[] },
): Promise<Claim[]> {
  const named = seats.flatMap(({ anyOf }) => anyOf.flatMap((claim) => parseOnCallClaim(claim) ?? []));
  const schedules = context.policy
    .current()
    .document.onCall.filter(({ name }) => named.some(({ schedule }) => schedule === name));
  const claims = await Promise.all(
    schedules.map(async (schedule) => {
      const { people, asOf } = await context.onCall.whoIsOnCall(schedule);
      const levels = named.filter((one) => one.schedule === schedule.name).map(({ level }) => level);
      const fallback = schedule.fallback !== undefined && person.groups.includes(schedule.fallback.group);
      const mine = (level: number): boolean =>
        asOf === null
          ? fallback
          : people.some((one) => one.level === level && isSameAddress(one.email, person.email));
      return levels.filter(mine).map((level) => onCallClaim(schedule.name, level));
    }),
  );
  return [...new Set(claims.flat())];
}

/** Of an escalation policy. */
const LEVELS_MAX = 20;

/** Every claim of being on call that a policy can ask for. */
export function onCallClaimsNamed({ onCall }: Pick<PolicyDocument, 'onCall'>): Claim[] {
  return onCall.flatMap(({ name }) =>
    Array.from({ length: LEVELS_MAX }, (_, index) => onCallClaim(name, index + 1)),
  );
}
