/** Whether somebody may vote, in whose place, and what the vote counts as. Reads nothing: facts in, answer out. */
import { matchesAnyGlob } from '../../core/channel-globs.ts';
import { type Claim, groupClaim, mayFill } from '../../core/claim.ts';
import { AppError } from '../../core/errors.ts';
import { seatVoters } from '../../policies/access/quorum.ts';
import type { AccessContext } from '../context.ts';
import { checkGroupsAge } from '../group-facts.ts';
import { type AdmittedVote, agreeing, type Party, type VoteMatter } from './matter.ts';
import { isOrAnswersFor, isSamePerson } from './same-person.ts';
import { linkedTooLate } from './through-account.ts';
import type { Voter } from './voter.ts';

interface Question {
  readonly matter: VoteMatter;
  readonly voter: Voter;
  /** Of the parties, on any of their accounts; asked for only when the matter excludes some. */
  readonly partyGroups: readonly string[];
}

/** @returns what the vote counts as, or the refusal */
export function judgeVoter(
  context: Pick<AccessContext, 'policy'>,
  { now, ...question }: Question & { readonly now: Date },
): AdmittedVote | AppError {
  const admitted = judgeRights(context, question);
  if (admitted instanceof AppError) return admitted;
  return checkGroupsAge(context, { seenAt: question.voter.person.groupsSeenAt, now }) ?? admitted;
}

/** The same, whenever the voter's groups were last confirmed. */
export function judgeRights(
  context: Pick<AccessContext, 'policy'>,
  question: Question,
): AdmittedVote | AppError {
  const { matter, voter } = question;
  const refusal =
    votedAlready(question) ?? isInvolved(context, question) ?? linkedTooLate(voter.person, matter);
  if (refusal !== null) return refusal;
  const own = { onBehalfOf: null, claims: voter.claims, groups: voter.groups };
  const others = voter.delegations
    .filter(({ standsFor }) => !standsFor.some((one) => isOneOfParties(context, matter, one)))
    .map(({ from, claims, groups }) => ({ onBehalfOf: from, claims, groups }));
  const able = [own, ...others].filter(({ claims }) => fillsOne(matter, claims));
  if (able.length === 0) return notAsked(matter);
  const free = able.filter(({ onBehalfOf }) => onBehalfOf === null || !isTaken(matter, onBehalfOf));
  if (free.length === 0) {
    return new AppError(
      'conflict',
      `A vote on ${matter.id} in the place of whom you stand for was cast already.`,
    );
  }
  const shared = excludedGroup(question, voter.groups);
  if (shared !== null) return sameTeam(matter, shared);
  const apart = free.filter(({ groups }) => excludedGroup(question, groups) === null);
  const chosen = apart.find(({ claims }) => isOneMore(matter, { id: voter.person.id, claims })) ?? apart[0];
  if (chosen === undefined) return sameTeam(matter, excludedGroup(question, free[0]?.groups ?? []) ?? '');
  return { person: voter.person, onBehalfOf: chosen.onBehalfOf, claims: chosen.claims };
}

function votedAlready({ matter, voter: { person } }: Question): AppError | null {
  for (const { identity, onBehalfOf, verdict } of matter.votes) {
    if (isSamePerson(person, identity)) {
      return new AppError('conflict', `You have voted on ${matter.id} already: ${verdict}.`);
    }
    if (onBehalfOf != null && isSamePerson(person, onBehalfOf)) {
      return new AppError(
        'conflict',
        `${identity.name} has voted on ${matter.id} in your place: ${verdict}.`,
      );
    }
  }
  return null;
}

/** Nobody decides about what is theirs, nor does who stands for them. */
function isInvolved(context: Pick<AccessContext, 'policy'>, { matter, voter }: Question): AppError | null {
  for (const party of matter.parties) {
    if (isOrAnswersFor(context, { person: voter.person, party })) {
      const text =
        party.kind === 'person'
          ? `You cannot decide about your own ${matter.noun}.`
          : `You answer for ${party.name}, so you cannot decide about its ${matter.noun}.`;
      return new AppError('forbidden', text);
    }
    const delegator = voter.delegations.find(({ from }) =>
      isOrAnswersFor(context, { person: from, party }),
    )?.from;
    if (delegator !== undefined) {
      const text = `You decide in the place of ${delegator.name}, whose ${matter.noun} this is, so you cannot decide about it.`;
      return new AppError('forbidden', text);
    }
  }
  return null;
}

function isOneOfParties(
  context: Pick<AccessContext, 'policy'>,
  { parties }: VoteMatter,
  person: Party,
): boolean {
  return parties.some((party) => isOrAnswersFor(context, { person, party }));
}

/** True when whom the voter stands for has voted, or somebody has in their place. */
function isTaken({ votes }: VoteMatter, delegator: Party): boolean {
  return votes.some(
    ({ identity, onBehalfOf }) =>
      isSamePerson(delegator, identity) || (onBehalfOf != null && isSamePerson(delegator, onBehalfOf)),
  );
}

/** A group that the parties share with somebody and that the policy keeps apart. */
function excludedGroup({ matter, partyGroups }: Question, groups: readonly string[]): string | null {
  const patterns = matter.notFromGroups ?? [];
  return groups.find((group) => partyGroups.includes(group) && matchesAnyGlob(group, patterns)) ?? null;
}

function sameTeam({ noun }: VoteMatter, group: string): AppError {
  return new AppError(
    'forbidden',
    `Somebody outside ${group} has to decide about this ${noun}: the requester is in it, too.`,
  );
}

function notAsked({ noun, seats }: VoteMatter): AppError {
  const names = seats.map((seat) => seat.name).join(' or ');
  const groups = seats.every(({ name, anyOf }) => anyOf.includes(groupClaim(name)));
  return new AppError(
    'forbidden',
    `Deciding about this ${noun} is for ${groups ? 'members of ' : ''}${names}.`,
  );
}

function fillsOne({ seats }: VoteMatter, claims: readonly Claim[]): boolean {
  return seats.some((seat) => mayFill(seat, claims));
}

/** True when one more seat is filled with this vote than without. */
function isOneMore(matter: VoteMatter, voter: { id: string; claims: readonly Claim[] }): boolean {
  const before = agreeing(matter.votes);
  const seated = (voters: typeof before): number =>
    seatVoters(matter.seats, voters).reduce((sum, people) => sum + people.length, 0);
  return seated([...before, voter]) > seated(before);
}
