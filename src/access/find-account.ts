/** Who is meant by a mention in chat: `@dana`, `@dana@example.com`, or the name of a workload. */
import { AppError, isAppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import { listAddressesNamed, listPeopleLike } from '../store/operations/accounts-named.ts';
import { findPerson, findWorkload } from './beneficiary.ts';
import type { AccessContext } from './context.ts';

const ADDRESSES_SHOWN_MAX = 5;

/**
 * A person by id, by their whole address or by what stands before its @; never by a part of their name.
 * @param input.workloads whether a workload's name counts, before a person's
 * @throws AppError `not_found`, or `invalid_input` when several people could be meant
 */
export async function findAccount(
  context: AccessContext,
  input: { account: string; workloads: boolean },
): Promise<Identity> {
  const { account } = input;
  const named = context.policy.current().document.workloads.some(({ name }) => name === account);
  if (input.workloads && named) return findWorkload(context, { named: account });
  try {
    return await findPerson(context, { named: account });
  } catch (error) {
    if (!isAppError(error, 'not_found') || account.includes('@')) throw error;
  }
  const limit = ADDRESSES_SHOWN_MAX;
  const [address, ...others] = await listAddressesNamed(context.store.read(), { name: account, limit });
  if (address === undefined) {
    throw new AppError(
      'not_found',
      `Nobody called @${account.slice(0, 100)} is known here. People are known once they have signed in.`,
    );
  }
  if (others.length > 0) {
    const addresses = [address, ...others].map((one) => `@${one}`).join(' or ');
    throw new AppError('invalid_input', `@${account} could be several people. Write ${addresses}.`);
  }
  return findPerson(context, { named: address });
}

const PEOPLE_OFFERED_MAX = 10;

/** People who could be meant by what was typed so far, by name; at most 10. Everybody who is signed in may ask. */
export async function searchPeople(
  context: AccessContext,
  input: { typed: string },
): Promise<readonly { readonly name: string; readonly email: string }[]> {
  const typed = input.typed.trim().replace(/^@/, '');
  if (typed === '') return [];
  return listPeopleLike(context.store.read(), { typed, limit: PEOPLE_OFFERED_MAX });
}
