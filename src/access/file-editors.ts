/**
 * A change that a server finds in its file has no proposer, so nobody is kept from approving what they wrote
 * themselves. Either the policy names who may edit the file, and they do not decide; or two people have to.
 */
import { claimsOf } from '../core/claim.ts';
import { AppError } from '../core/errors.ts';
import type { Seat } from '../core/request.ts';
import type { PolicyDocument } from '../policies/document/schema.ts';
import type { Database } from '../store/open-store.ts';
import { listLinkedAccounts } from '../store/operations/linked-accounts.ts';
import type { Party } from './voting/matter.ts';
import { isSameAddress } from './voting/same-person.ts';

/** The seats of a change from a file: two distinct people at the least, unless its editors are named. */
export function seatsOfFileChange(
  { policy }: Pick<PolicyDocument, 'policy'>,
  seats: readonly Seat[],
): Seat[] {
  const people = seats.reduce((sum, { count }) => sum + count, 0);
  if (policy.fileEditors !== undefined || people >= 2 || people === 0) return [...seats];
  const anyOf = [...new Set(seats.flatMap((seat) => seat.anyOf))];
  return [...seats, { name: `another of ${seats.map(({ name }) => name).join(' or ')}`, count: 1, anyOf }];
}

/** The refusal of somebody who may edit the file, on whatever account, or null. */
export async function refusalOfFileEditor(
  { policy }: Pick<PolicyDocument, 'policy'>,
  db: Database,
  input: { people: readonly Pick<Party, 'email'>[] },
): Promise<AppError | null> {
  const { fileEditors } = policy;
  if (fileEditors === undefined) return null;
  const emails = input.people.map(({ email }) => email);
  const accounts = await listLinkedAccounts(db, { emails });
  const groups = accounts.flatMap((account) => claimsOf(account));
  const isOne =
    fileEditors.groups.some((group) => groups.includes(`group:${group}`)) ||
    fileEditors.people.some((person) => emails.some((email) => isSameAddress(email, person)));
  if (!isOne) return null;
  const text =
    'This change comes from a server’s file, which you may edit (policy.fileEditors): somebody else decides.';
  return new AppError('forbidden', text);
}
