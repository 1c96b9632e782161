/** What is known of a voter, read once and then held against any number of matters. */
import { type Claim, claimsOf } from '../../core/claim.ts';
import type { Person } from '../../core/identity.ts';
import type { Seat } from '../../core/request.ts';
import type { Database } from '../../store/open-store.ts';
import { type LiveDelegation, listDelegationsTo } from '../../store/operations/delegations.ts';
import { listLinkedAccounts } from '../../store/operations/linked-accounts.ts';
import type { AccessContext } from '../context.ts';
import type { Party } from './matter.ts';
import { onCallClaims, onCallClaimsNamed } from './on-call-claims.ts';
import { isSamePerson } from './same-person.ts';

/** Somebody lets the voter decide in their place. */
export interface StandIn extends LiveDelegation {
  /** Of the one who delegates, on any of their accounts. */
  readonly groups: readonly string[];
  /** In whose place the one who delegates decides: what they may not decide about, nobody may in their place. */
  readonly standsFor: readonly Party[];
}

export interface Voter {
  readonly person: Person;
  /** What they are themselves, on call included. */
  readonly claims: readonly Claim[];
  /** On any of their accounts. */
  readonly groups: readonly string[];
  /**
   * Who lets them decide in their place, on whichever of their accounts, and as what: what that one was then and,
   * as far as is known, still is.
   */
  readonly delegations: readonly StandIn[];
}

/**
 * What the person is, as far as these seats ask for it. Others are asked who is on call, which may take a while:
 * do this before any row is locked.
 */
export async function claimsFor(
  context: AccessContext,
  { person, seats }: { person: Person; seats: readonly Seat[] },
): Promise<readonly Claim[]> {
  return [...claimsOf(person), ...(await onCallClaims(context, { person, seats }))];
}

/** What the person is, whoever asks: for lists, where it is not known yet which seats there are. */
export async function claimsAnywhere(
  context: AccessContext,
  { person }: { person: Person },
): Promise<readonly Claim[]> {
  const seats = [{ anyOf: onCallClaimsNamed(context.policy.current().document) }];
  return [...claimsOf(person), ...(await onCallClaims(context, { person, seats }))];
}

/** @param input.claims see `claimsFor` */
export async function readVoter(
  db: Database,
  input: { person: Person; claims: readonly Claim[]; now: Date },
): Promise<Voter> {
  const { person, claims, now } = input;
  const accounts = await listLinkedAccounts(db, { emails: [person.email] });
  const delegations = await listDelegationsTo(db, {
    toIds: [person.id, ...accounts.map(({ id }) => id)],
    now,
  });
  const groups = new Set([...person.groups, ...accounts.flatMap((account) => account.groups)]);
  return { person, claims, groups: [...groups], delegations: await standIns(db, { delegations, now }) };
}

async function standIns(
  db: Database,
  { delegations, now }: { delegations: readonly LiveDelegation[]; now: Date },
): Promise<StandIn[]> {
  if (delegations.length === 0) return [];
  const accounts = await listLinkedAccounts(db, { emails: delegations.map(({ from }) => from.email) });
  const behind = await listDelegationsTo(db, { toIds: accounts.map(({ id }) => id), now });
  return delegations.map((delegation) => {
    const { from, claims } = delegation;
    const still = claimsOf(from);
    const own = accounts.filter((account) => isSamePerson(account, from));
    return {
      ...delegation,
      claims: claims.filter((claim) => still.includes(claim)),
      groups: [...new Set([...from.groups, ...own.flatMap((account) => account.groups)])],
      standsFor: behind.filter(({ to }) => isSamePerson(to, from)).map((one) => one.from),
    };
  });
}
