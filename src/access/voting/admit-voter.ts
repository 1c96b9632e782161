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
import { isSameAddress, ownersOf } from './same-person.ts';
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
  matter: Partied,
): Promise<readonly string[]> {
  return (await groupsOfPartiesIn(context, db, [matter]))(matter);
}

/** The same of any of these matters, read together. */
export async function groupsOfPartiesIn<Matter extends Partied>(
  context: AccessContext,
  db: Database,
  matters: readonly Matter[],
): Promise<(matter: Matter) => readonly string[]> {
  const emailsOf = ({ notFromGroups = [], parties }: Matter): readonly string[] =>
    notFromGroups.length === 0
      ? []
      : parties.flatMap((party) => (party.kind === 'workload' ? ownersOf(context, party) : [party.email]));
  const accounts = await listLinkedAccounts(db, { emails: [...new Set(matters.flatMap(emailsOf))] });
  return (matter) => {
    const emails = emailsOf(matter);
    const own = accounts.filter(({ email }) => emails.some((one) => isSameAddress(one, email)));
    return [...new Set(own.flatMap((account) => account.groups))];
  };
}

type Partied = Pick<VoteMatter, 'parties' | 'notFromGroups'>;
