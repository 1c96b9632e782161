/** How old what the identity provider said about somebody's groups may be, where it decides something. */
import { formatDuration } from '../core/duration.ts';
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { PolicyDocument } from '../policies/document/schema.ts';
import type { AccessContext } from './context.ts';

const DEFAULT_GROUPS_AGE_MAX_MS = 12 * 3_600_000;

/** The longest that group facts count for, in milliseconds. */
function groupsAgeMaxOf({ identity }: Pick<PolicyDocument, 'identity'>): number {
  return identity.oidc?.groupsMaxAge ?? DEFAULT_GROUPS_AGE_MAX_MS;
}

/**
 * @param input.next what is done after the sign-in, as the end of a sentence
 * @returns the refusal when the facts are older than the policy allows, or null
 */
export function checkGroupsAge(
  context: Pick<AccessContext, 'policy'>,
  input: { seenAt: Date; now: Date; next?: string },
): AppError | null {
  const { seenAt, now, next = 'vote' } = input;
  return checkAge(context.policy.current().document, { seenAt, now, next });
}

/** The same of somebody, under a policy. A workload has no groups, and is never out of date. */
export function staleGroups(
  document: Pick<PolicyDocument, 'identity'>,
  { identity, now, next }: { identity: Identity; now: Date; next: string },
): AppError | null {
  return identity.kind === 'workload'
    ? null
    : checkAge(document, { seenAt: identity.groupsSeenAt, now, next });
}

function checkAge(
  document: Pick<PolicyDocument, 'identity'>,
  { seenAt, now, next }: { seenAt: Date; now: Date; next: string },
): AppError | null {
  const ageMaxMs = groupsAgeMaxOf(document);
  if (now.getTime() - seenAt.getTime() <= ageMaxMs) return null;
  return new AppError(
    'forbidden',
    `Your groups were last confirmed more than ${formatDuration(ageMaxMs)} ago. Sign in again, then ${next}.`,
  );
}
