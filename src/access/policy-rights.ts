/** Who may change the policy, and who may read about it. */
import { type Claim, mayFill } from '../core/claim.ts';
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { Seat } from '../core/request.ts';
import type { PolicyDocument } from '../policies/document/schema.ts';
import type { AccessContext } from './context.ts';
import { staleGroups } from './group-facts.ts';
import { isOverseer } from './rights.ts';

/**
 * Group facts have the same maximum age as for a vote: this decides at least as much.
 * @throws AppError `forbidden`
 */
export function checkMayPropose(input: { document: PolicyDocument; by: Identity; now: Date }): void {
  const { document, by, now } = input;
  if (!isNamed(document, by)) {
    const { groups, workloads } = document.policy.who;
    const names = [...groups.map((group) => `members of ${group}`), ...workloads];
    throw new AppError(
      'forbidden',
      names.length === 0
        ? 'Nobody may send another policy to this server: the one in force names nobody under policy.who. Change the file of the server.'
        : `Changing the policy is for ${names.join(' and ')}.`,
    );
  }
  const stale = staleGroups(document, { identity: by, now, next: 'apply' });
  if (stale !== null) throw stale;
}

/** True for whom `policy.who` names. */
function isNamed(document: PolicyDocument, identity: Identity): boolean {
  const { groups, workloads } = document.policy.who;
  return identity.kind === 'workload'
    ? workloads.includes(identity.name)
    : groups.some((group) => identity.groups.includes(group));
}

/** Policies are read, and what they would change is worked out, for overseers and for whom `policy.who` names. */
export function mayReadPolicy(context: AccessContext, identity: Identity): boolean {
  return isOverseer(context, identity) || isNamed(context.policy.current().document, identity);
}

/**
 * A change is also read by who proposed it and by who may decide about it.
 * @param input.claims what the identity may decide as: see `claimsToSee`
 */
export function mayReadChange(
  context: AccessContext,
  input: {
    identity: Identity;
    claims: readonly Claim[];
    change: { readonly seats: readonly Seat[]; readonly proposerId: string | null };
  },
): boolean {
  const { identity, claims, change } = input;
  if (identity.id === change.proposerId || mayReadPolicy(context, identity)) return true;
  return change.seats.some((seat) => mayFill(seat, claims));
}
