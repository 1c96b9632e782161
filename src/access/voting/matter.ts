/**
 * What people vote on: a request, a held command, the review of break-glass access, a change of the policy. One
 * set of rules says who may decide and what counts, so that no kind of vote has a gap of its own.
 */
import type { Claim } from '../../core/claim.ts';
import type { Person } from '../../core/identity.ts';
import type { Seat } from '../../core/request.ts';
import { quorumMet, type SeatVoter } from '../../policies/access/quorum.ts';

/** A person or workload, as far as it matters who they are. Rows and views of identities are such. */
export interface Party {
  readonly id: string;
  readonly kind: 'person' | 'workload';
  readonly name: string;
  /** For a workload, its owner's. */
  readonly email: string;
}

/** A vote that was cast before. */
export interface CastVote {
  readonly identity: Party;
  readonly onBehalfOf?: Party | null | undefined;
  readonly verdict: string;
  /** What its voter was when they cast it. */
  readonly claims: readonly Claim[];
}

export interface VoteMatter {
  /** How a refusal calls it. */
  readonly noun: 'request' | 'command' | 'access' | 'change of the policy';
  readonly id: string;
  /** When it came up. */
  readonly openedAt: Date;
  readonly seats: readonly Seat[];
  /** Members of groups that match one of these and that a party is in, too, do not decide. */
  readonly notFromGroups?: readonly string[];
  /** Whose it is: none of them decides about it, nor anybody who answers for one of them or decides in their place. */
  readonly parties: readonly Party[];
  /** Those cast before. */
  readonly votes: readonly CastVote[];
}

/** A vote that may count: by whom, in whose place, and what it counts as. */
export interface AdmittedVote {
  readonly person: Person;
  /** Who let the voter decide in their place; null when they decide for themselves. */
  readonly onBehalfOf: Party | null;
  /** What the vote counts as: the voter's own claims, or those of whom they stand for. */
  readonly claims: readonly Claim[];
}

/** Who has agreed, each once. @param verdict the one that fills seats */
export function agreeing(votes: readonly CastVote[], verdict = 'approve'): SeatVoter[] {
  return votes
    .filter((vote) => vote.verdict === verdict)
    .map((vote) => ({ id: vote.identity.id, claims: vote.claims }));
}

/** True when those who agreed before and this vote fill every seat. */
export function quorumWith(
  matter: Pick<VoteMatter, 'seats' | 'votes'>,
  { vote, verdict = 'approve' }: { vote: AdmittedVote; verdict?: string },
): boolean {
  const voters = [...agreeing(matter.votes, verdict), { id: vote.person.id, claims: vote.claims }];
  return quorumMet(matter.seats, voters);
}
