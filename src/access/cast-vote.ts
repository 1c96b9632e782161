/** Voting on a request for access. */
import { AppError } from '../core/errors.ts';
import type { AccessContext } from './context.ts';
import { type Ballot, claimsOnRequest, countVote, type VoteResult } from './count-vote.ts';
import { stepUpRequired } from './step-up/ask-for-step-up.ts';
import { checkNote, voteOnce } from './voting/vote-once.ts';

export type { Ballot, VoteResult } from './count-vote.ts';

const DURATION_MS_MIN = 60_000;

/**
 * @throws AppError `forbidden` (own request, not an approver, group facts too old), `conflict` (voted
 *   or decided already, saying how and by whom), `frozen` (an approval), `step_up_required` with the link in its
 *   context's `url`, `not_found`, `invalid_input`
 */
export async function castVote(context: AccessContext, ballot: Ballot): Promise<VoteResult> {
  checkNote({ note: ballot.note, refuses: ballot.verdict === 'deny' });
  if (ballot.durationMs !== null && ballot.durationMs < DURATION_MS_MIN) {
    throw new AppError('invalid_input', 'The shortest grant is 1m.');
  }
  const at = context.clock.now();
  const { requestId, voter, platform } = ballot;
  const claims = await claimsOnRequest(context, ballot);
  const result = await voteOnce(context, { subject: requestId, voter, platform, at }, (db) =>
    countVote(context, db, { ballot, claims, steppedUp: false, at }),
  );
  if ('outcome' in result) return result;
  throw stepUpRequired(result);
}
