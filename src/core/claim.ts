/**
 * What a person is, as far as approvals ask for it: `group:sre`, `person:dana@example.com`,
 * `on-call:payments/1`. A seat names the claims that fill it; a vote keeps those its voter had.
 */
import type { Person } from './identity.ts';
import type { Seat } from './request.ts';

export type Claim = string;

export function groupClaim(group: string): Claim {
  return `group:${group}`;
}

/** E-mail addresses are compared without regard to case. */
export function personClaim(email: string): Claim {
  return `person:${email.toLowerCase()}`;
}

/** @param level 1 is who is paged first */
export function onCallClaim(schedule: string, level: number): Claim {
  return `on-call:${schedule}/${level}`;
}

/** What an on-call claim names, or null for a claim of another kind. */
export function parseOnCallClaim(claim: Claim): { readonly schedule: string; readonly level: number } | null {
  const [, schedule, level] = /^on-call:(.+)\/(\d{1,3})$/.exec(claim) ?? [];
  return schedule === undefined ? null : { schedule, level: Number(level) };
}

/** What the identity provider says a person is; who is on call is told elsewhere. */
export function claimsOf({ email, groups }: Pick<Person, 'email' | 'groups'>): Claim[] {
  return [personClaim(email), ...groups.map(groupClaim)];
}

/** So many members of a group. */
export function groupSeat(group: string, count: number): Seat {
  return { name: group, count, anyOf: [groupClaim(group)] };
}

/** True when somebody with these claims could fill the seat. */
export function mayFill(seat: Pick<Seat, 'anyOf'>, claims: readonly Claim[]): boolean {
  return seat.anyOf.some((claim) => claims.includes(claim));
}
