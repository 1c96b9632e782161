/** When two identities are one person, and who answers for a workload. */
import type { AccessContext } from '../context.ts';
import type { Party } from './matter.ts';

/**
 * One person can be known twice: under the identity provider of before, say. An e-mail address proves nobody's
 * identity, but it is enough to refuse a second vote or one about the own request.
 */
export function isSamePerson(one: Pick<Party, 'id' | 'email'>, other: Pick<Party, 'id' | 'email'>): boolean {
  return one.id === other.id || isSameAddress(one.email, other.email);
}

/** E-mail addresses are compared without regard to case. */
export function isSameAddress(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** The owner when the workload was last seen, and the one that the policy names by now. */
export function ownersOf(context: Pick<AccessContext, 'policy'>, workload: Party): readonly string[] {
  const { workloads } = context.policy.current().document;
  const named = workloads.filter((candidate) => candidate.name === workload.name);
  return [workload.email, ...named.map(({ owner }) => owner)];
}

/** True when the person is the party, on whatever account, or answers for the workload that it is. */
export function isOrAnswersFor(
  context: Pick<AccessContext, 'policy'>,
  { person, party }: { person: Pick<Party, 'id' | 'email'>; party: Party },
): boolean {
  if (party.kind === 'person') return isSamePerson(person, party);
  return ownersOf(context, party).some((owner) => isSameAddress(person.email, owner));
}
