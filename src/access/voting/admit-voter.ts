/**
 * Who may vote, the same for everything that people decide about. Identity and rights are looked at under the row
 * lock of what is decided, whatever the card said.
 */
import type { Claim } from '../../core/claim.ts';
import { AppError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type { Database } from '../../store/open-store.ts';
import { listLinkedAccounts } from '../../store/operations/linked-accounts.ts';
import type { AccessContext } from '../context.ts';
import { judgeVoter } from './judge-voter.ts';
import type { AdmittedVote, VoteMatter } from './matter.ts';
import { ownersOf } from './same-person.ts';
import { refusalOfAccount } from './through-account.ts';
import { readVoter } from './voter.ts';

/**
 * @param input.claims what the voter is, asked for before the lock: see `claimsFor`
 * @returns what the vote counts as, or the refusal
 */
export async function admitVoter(
  context: AccessContext,
  db: Database,
  input: { matter: VoteMatter; voter: Identity; claims: readonly Claim[]; now: Date },
): Promise<AdmittedVote | AppError> {
  const { matter, voter: person, claims, now } = input;
  if (person.kind !== 'person') return new AppError('forbidden', 'Only people vote.');
  const unlinked = await refusalOfAccount(db, person);
  if (unlinked !== null) return unlinked;
  const voter = await readVoter(db, { person, claims, now });
  const partyGroups = await groupsOfParties(context, db, matter);
  return judgeVoter(context, { matter, voter, partyGroups, now });
}

/** On any of their accounts; a workload is in the groups of who answers for it. */
export async function groupsOfParties(
  context: AccessContext,
  db: Database,
  matter: Pick<VoteMatter, 'parties' | 'notFromGroups'>,
): Promise<readonly string[]> {
  if ((matter.notFromGroups ?? []).length === 0) return [];
  const emails = matter.parties.flatMap((party) =>
    party.kind === 'workload' ? ownersOf(context, party) : [party.email],
  );
  const accounts = await listLinkedAccounts(db, { emails });
  return [...new Set(accounts.flatMap((account) => account.groups))];
}
