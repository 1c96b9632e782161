/** Who will hold the access when somebody asks for another, and who has to consent to that. */
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { RequestKind } from '../core/request.ts';
import { personOf, upsertWorkload } from '../identity/persons.ts';
import type { IdentityRow } from '../store/entities/identity.ts';
import { listLinkedAccounts } from '../store/operations/linked-accounts.ts';
import { findIdentities } from '../store/operations/people.ts';
import type { AccessContext } from './context.ts';
import { isSameAddress, isSamePerson } from './voting/same-person.ts';

/** Who must consent besides the quorum, and who has by asking. */
export interface ConsentNeeded {
  /** E-mail address. */
  readonly from: string;
  /** The requester, when it is theirs to give; null while somebody else has to. */
  readonly givenById: string | null;
}

/**
 * A person consents to hold access themself; for a workload its owner does. Nobody consents to what they ask for
 * themself.
 * @throws AppError `forbidden` for a workload that asks for another, and for break-glass in another's name
 */
export function consentNeeded(input: {
  kind: RequestKind;
  requester: Identity;
  beneficiary: Identity;
}): ConsentNeeded | null {
  const { kind, requester, beneficiary } = input;
  if (requester.id === beneficiary.id) return null;
  if (requester.kind === 'workload') throw new AppError('forbidden', 'A workload asks for itself alone.');
  if (kind === 'break-glass') throw new AppError('forbidden', 'Break-glass access is for whoever takes it.');
  if (beneficiary.kind === 'person') {
    return isSamePerson(requester, beneficiary) ? null : { from: beneficiary.email, givenById: null };
  }
  const isOwner = isSameAddress(requester.email, beneficiary.ownerEmail);
  return { from: beneficiary.ownerEmail, givenById: isOwner ? requester.id : null };
}

/**
 * The person with this id or e-mail address, as last told by the identity provider.
 * @throws AppError `not_found`
 */
export async function findPerson(context: AccessContext, input: { named: string }): Promise<Identity> {
  const { named } = input;
  const db = context.store.read();
  const issuer = context.policy.current().document.identity.oidc?.issuer;
  const [byId] = await findIdentities(db, { ids: [named] });
  const found = byId === undefined ? await listLinkedAccounts(db, { emails: [named] }) : [byId];
  const people = found.filter((row) => row.kind === 'person').sort(latestFirst);
  // Whoever has an account of before as well is known by the one that they can sign in to.
  const person = people.find((row) => row.issuer === issuer) ?? people[0];
  if (person !== undefined) return personOf(person);
  throw new AppError(
    'not_found',
    `Nobody known here is ${named.slice(0, 100)}. People are known once they have signed in.`,
  );
}

function latestFirst(one: IdentityRow, other: IdentityRow): number {
  return other.groupsSeenAt.getTime() - one.groupsSeenAt.getTime();
}

/** The workload that the policy calls so. @throws AppError `not_found` */
export async function findWorkload(context: AccessContext, input: { named: string }): Promise<Identity> {
  const { workloads } = context.policy.current().document;
  const workload = workloads.find(({ name }) => name === input.named);
  if (workload === undefined) {
    throw new AppError('not_found', `There is no workload named ${input.named.slice(0, 63)}.`);
  }
  return upsertWorkload(context, workload, {});
}
