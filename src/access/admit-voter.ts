/**
 * Who may vote, on a request for access and on a single command alike. Identity and rights are looked at
 * under the row lock of what is decided, whatever the card said.
 */
import { claimsOf, mayFill } from '../core/claim.ts';
import { formatDuration } from '../core/duration.ts';
import { AppError } from '../core/errors.ts';
import type { Identity, Person } from '../core/identity.ts';
import { NOTE_CHARACTERS_MAX, type Seat, type VoteVerdict } from '../core/request.ts';
import type { IdentityRow } from '../store/entities/identity.ts';
import type { Database } from '../store/open-store.ts';
import type { AccessContext } from './context.ts';
import { recordEvent } from './record.ts';

const DEFAULT_GROUPS_AGE_MAX_MS = 12 * 3_600_000;

/** @throws AppError `invalid_input` for a note that is too long, or a denial without one */
export function checkNote({ verdict, note }: { verdict: VoteVerdict; note: string | null }): void {
  if (note !== null && note.length > NOTE_CHARACTERS_MAX) {
    throw new AppError('invalid_input', `The note is longer than ${NOTE_CHARACTERS_MAX} characters.`);
  }
  if (verdict === 'deny' && (note ?? '').trim() === '') {
    throw new AppError('invalid_input', 'Say why: the requester sees the reason of a denial.');
  }
}

/**
 * Runs a vote as one transaction. A refusal that `work` returns is itself evidence, so it is written and
 * committed; the error is thrown after.
 */
export async function voteOnce<Result>(
  context: AccessContext,
  vote: { readonly subject: string; readonly voter: Identity; readonly platform: string; readonly at: Date },
  work: (db: Database) => Promise<Result | AppError>,
): Promise<Result> {
  const result = await context.store.transaction(async (db) => {
    const answer = await work(db);
    if (answer instanceof AppError) {
      await recordEvent(db, {
        at: vote.at,
        type: 'vote.refused',
        actorId: vote.voter.id,
        subject: vote.subject,
        data: { code: answer.code, reason: answer.message, platform: vote.platform },
      });
    }
    return answer;
  });
  if (result instanceof AppError) throw result;
  return result;
}

export interface VoteMatter {
  /** How a refusal calls it. */
  readonly noun: 'request' | 'command';
  readonly id: string;
  readonly seats: readonly Seat[];
  /** Whose it is: none of them decides about it, nor anybody who answers for one of them. */
  readonly parties: readonly IdentityRow[];
  /** Those cast before. */
  readonly votes: readonly { readonly identity: IdentityRow; readonly verdict: VoteVerdict }[];
}

/** @returns the voter, if the vote may count; otherwise the refusal */
export function admitVoter(
  context: AccessContext,
  input: { matter: VoteMatter; voter: Identity; now: Date },
): Person | AppError {
  const { matter, voter, now } = input;
  if (voter.kind !== 'person') return new AppError('forbidden', 'Only people vote.');
  const own = matter.votes.find((vote) => isSamePerson(voter, vote.identity));
  if (own !== undefined) {
    return new AppError('conflict', `You have voted on ${matter.id} already: ${own.verdict}.`);
  }
  for (const party of matter.parties) {
    if (party.kind === 'person' && isSamePerson(voter, party)) {
      return new AppError('forbidden', `You cannot decide about your own ${matter.noun}.`);
    }
    if (party.kind === 'workload' && answersFor(context, { voter, workload: party })) {
      return new AppError(
        'forbidden',
        `You answer for ${party.name}, so you cannot decide about its ${matter.noun}.`,
      );
    }
  }
  if (!matter.seats.some((seat) => mayFill(seat, claimsOf(voter)))) {
    const names = matter.seats.map((seat) => seat.name).join(' or ');
    return new AppError('forbidden', `Deciding about this ${matter.noun} is for members of ${names}.`);
  }
  const ageMaxMs = context.policy.current().document.identity.oidc?.groupsMaxAge ?? DEFAULT_GROUPS_AGE_MAX_MS;
  if (now.getTime() - voter.groupsSeenAt.getTime() > ageMaxMs) {
    const age = formatDuration(ageMaxMs);
    return new AppError(
      'forbidden',
      `Your groups were last confirmed more than ${age} ago. Sign in again, then vote.`,
    );
  }
  return voter;
}

/**
 * One person can be known twice: under the identity provider of before, say. An e-mail address proves
 * nobody's identity, but it is enough to refuse a second vote or one about the own request.
 */
function isSamePerson(voter: Person, other: { readonly id: string; readonly email: string }): boolean {
  return voter.id === other.id || isSameAddress(voter.email, other.email);
}

/** The owner when the request was made, and the one that the policy names by now. */
function answersFor(
  context: AccessContext,
  { voter, workload }: { voter: Person; workload: IdentityRow },
): boolean {
  const { workloads } = context.policy.current().document;
  const named = workloads.filter((candidate) => candidate.name === workload.name);
  return [workload.email, ...named.map(({ owner }) => owner)].some((owner) =>
    isSameAddress(voter.email, owner),
  );
}

function isSameAddress(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
