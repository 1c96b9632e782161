/** Who is on call right now, for what asks for people on call. Never fails: what cannot be known is part of the answer. */

import { onCallClaim, parseOnCallClaim } from '../core/claim.ts';
import { AppError } from '../core/errors.ts';
import type { Seat } from '../core/request.ts';
import type { PolicyDocument, Resource } from '../policies/document/schema.ts';
import { selectorApplies } from '../policies/rules/select.ts';
import type { AccessContext } from './context.ts';
import { resourceNamed, unknownResource } from './match-request.ts';

export interface OnCallView {
  readonly schedule: string;
  /** Of the escalation policy, from 1. */
  readonly level: number;
  readonly people: readonly { readonly name: string; readonly email: string }[];
  /** When the paging service said so; null when it is not known who is on call. */
  readonly asOf: Date | null;
  /** The group whose members stand in, because it is not known who is on call; null when it is, or nobody does. */
  readonly fallback: string | null;
}

type OnCallContext = Pick<AccessContext, 'onCall' | 'policy'>;

/**
 * For everything that the access policies of a resource may ask, by schedule and level.
 * @throws AppError `not_found`
 */
export async function whoIsOnCall(
  context: OnCallContext,
  input: { resource: string },
): Promise<OnCallView[]> {
  const { document } = context.policy.current();
  const resource = resourceNamed(document, input.resource);
  if (resource === undefined) throw new AppError('not_found', unknownResource(document, input.resource));
  return onCallFor(context, claimsAskedFor(document, resource));
}

/** For the seats of a request or command that are filled by people on call. */
export async function whoIsOnCallForSeats(
  context: OnCallContext,
  input: { seats: readonly Seat[] },
): Promise<OnCallView[]> {
  return onCallFor(
    context,
    input.seats.flatMap(({ anyOf }) => anyOf),
  );
}

function claimsAskedFor(document: PolicyDocument, resource: Resource): string[] {
  return document.access
    .filter((policy) => selectorApplies(policy.to, resource))
    .flatMap((policy) => {
      if (policy.effect === 'deny' || policy.approval === 'auto') return [];
      const { approval } = policy;
      const sources = 'breakGlass' in approval ? approval.breakGlass.review.from : approval.from;
      return sources.flatMap((source) =>
        'onCall' in source ? [onCallClaim(source.onCall, source.level)] : [],
      );
    });
}

async function onCallFor(context: OnCallContext, claims: readonly string[]): Promise<OnCallView[]> {
  const asked = [...new Set(claims)].flatMap((claim) => parseOnCallClaim(claim) ?? []);
  const { onCall: schedules } = context.policy.current().document;
  const views = await Promise.all(
    asked.map(async ({ schedule: name, level }) => {
      const schedule = schedules.find((candidate) => candidate.name === name);
      if (schedule === undefined) return { schedule: name, level, people: [], asOf: null, fallback: null };
      const { people, asOf } = await context.onCall.whoIsOnCall(schedule);
      const known = asOf !== null;
      return {
        schedule: name,
        level,
        people: known
          ? people.filter((one) => one.level === level).map(({ name: who, email }) => ({ name: who, email }))
          : [],
        asOf,
        fallback: known ? null : (schedule.fallback?.group ?? null),
      };
    }),
  );
  return views.sort((one, other) => one.schedule.localeCompare(other.schedule) || one.level - other.level);
}
