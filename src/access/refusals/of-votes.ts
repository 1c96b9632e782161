/**
 * What a vote would be told now, by the judgement that the vote itself goes through: null, or its refusal. Nothing is
 * locked and nothing is written, so it holds for what is shown and for nothing else.
 */
import { AppError } from '../../core/errors.ts';
import type { VoteVerdict } from '../../core/request.ts';
import { findHold, listHoldVotes } from '../../store/operations/holds.ts';
import { findPolicyChange, listPolicyChangeVotes } from '../../store/operations/policy-changes.ts';
import { findReview, listReviewVotes } from '../../store/operations/reviews.ts';
import type { AccessContext } from '../context.ts';
import { refusalWhenClosed } from '../count-vote.ts';
import { holdMatter, refusalOfClosedHold } from '../decide-hold.ts';
import { policyChangeMatter, refusalOfClosedChange, refusalOfItsEditor } from '../decide-policy-change.ts';
import { refusalOfClosedReview, reviewMatter } from '../decide-review.ts';
import { whyNotExtended } from '../extend-grant.ts';
import { requestMatter } from '../request-matter.ts';
import { judgeVoter } from '../voting/judge-voter.ts';
import type { AdmittedVote, VoteMatter } from '../voting/matter.ts';
import type { RequestFacts } from './facts.ts';
import type { KnownPerson } from './known-person.ts';

/** @throws AppError `not_found` */
export async function refusalOfVote(
  context: AccessContext,
  known: KnownPerson,
  vote: { requestId: string; verdict: VoteVerdict },
): Promise<AppError | null> {
  const at = context.clock.now();
  const { request, votes } = await requestFacts(known, vote.requestId);
  const closed = refusalWhenClosed(request, { votes, at });
  if (closed !== null) return closed;
  const admitted = await judge(context, known, requestMatter(request, votes));
  if (admitted instanceof AppError) return admitted;
  if (vote.verdict === 'deny') return null;
  const extended = request.extendsId == null ? null : await known.facts.grant(request.extendsId);
  return (await known.facts.freeze()) ?? (extended === null ? null : whyNotExtended(extended, at));
}

/** @throws AppError `not_found` */
export async function requestFacts({ facts }: KnownPerson, id: string): Promise<RequestFacts> {
  const found = await facts.request(id);
  if (found === null) throw unknown('request', id);
  return found;
}

/** True for whoever may vote on a request that may be decided already. */
export async function mayVoteOn(
  context: AccessContext,
  known: KnownPerson,
  { request, votes }: RequestFacts,
): Promise<boolean> {
  return !((await judge(context, known, requestMatter(request, votes))) instanceof AppError);
}

/** @param vote.textSha256 of the command that is shown. @throws AppError `not_found` */
export async function refusalOfHoldVote(
  context: AccessContext,
  known: KnownPerson,
  vote: { holdId: string; textSha256: string },
): Promise<AppError | null> {
  const db = context.store.read();
  const hold = await findHold(db, { id: vote.holdId });
  if (hold === null) throw unknown('held command', vote.holdId);
  const votes = await listHoldVotes(db, { holdIds: [hold.id] });
  const shown = { votes, textSha256: vote.textSha256, now: context.clock.now() };
  return refusalOfClosedHold(hold, shown) ?? refusalIn(await judge(context, known, holdMatter(hold, votes)));
}

/** @throws AppError `not_found` */
export async function refusalOfFinding(
  context: AccessContext,
  known: KnownPerson,
  of: { reviewId: string },
): Promise<AppError | null> {
  const db = context.store.read();
  const review = await findReview(db, { id: of.reviewId });
  if (review === null) throw unknown('review', of.reviewId);
  const votes = await listReviewVotes(db, { reviewIds: [review.id] });
  return refusalOfClosedReview(review) ?? refusalIn(await judge(context, known, reviewMatter(review, votes)));
}

/** @param vote.version that is shown. @throws AppError `not_found` */
export async function refusalOfPolicyVote(
  context: AccessContext,
  known: KnownPerson,
  vote: { changeId: string; version: string; verdict: VoteVerdict },
): Promise<AppError | null> {
  const db = context.store.read();
  const change = await findPolicyChange(db, { id: vote.changeId });
  if (change === null) throw unknown('policy change', vote.changeId);
  const votes = await listPolicyChangeVotes(db, { changeIds: [change.id] });
  const { version, verdict } = vote;
  const closed = refusalOfClosedChange(change, { votes, version, now: context.clock.now() });
  if (closed !== null) return closed;
  const admitted = await judge(context, known, policyChangeMatter(change, votes));
  if (admitted instanceof AppError || verdict === 'deny') return refusalIn(admitted);
  return refusalOfItsEditor(context, db, { change, vote: admitted });
}

async function judge(
  context: AccessContext,
  known: KnownPerson,
  matter: VoteMatter,
): Promise<AdmittedVote | AppError> {
  const voter = await known.asVoter();
  if (voter === null) return new AppError('forbidden', 'Only people vote.');
  const partyGroups = await known.facts.partyGroups(matter);
  return judgeVoter(context, { matter, voter, partyGroups, now: context.clock.now() });
}

function refusalIn(admitted: AdmittedVote | AppError): AppError | null {
  return admitted instanceof AppError ? admitted : null;
}

function unknown(what: string, id: string): AppError {
  return new AppError('not_found', `There is no ${what} ${id.slice(0, 40)}.`);
}
