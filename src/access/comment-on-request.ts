/** What is said about a request: a question of an approver, an answer of the requester. */
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import { COMMENT_CHARACTERS_MAX } from '../core/request.ts';
import type { RequestRow, VoteRow } from '../store/entities/access.ts';
import { insertComment, listComments } from '../store/operations/request-comments.ts';
import { listVotes, lockRequest } from '../store/operations/requests.ts';
import type { AccessContext } from './context.ts';
import { claimsOnRequest } from './count-vote.ts';
import { readRequestView } from './read-views.ts';
import { askForJob, recordEvent } from './record.ts';
import { requestMatter } from './request-matter.ts';
import { isOverseer } from './rights.ts';
import type { RequestView } from './views.ts';
import { admitVoter } from './voting/admit-voter.ts';
import { isOrAnswersFor, isSameAddress, isSamePerson } from './voting/same-person.ts';

/** Of one request; a conversation that is longer belongs elsewhere. */
const COMMENTS_MAX = 100;

/**
 * For the requester, the beneficiary, who must consent, who may vote or has, and overseers; also once it is
 * decided.
 * @throws AppError `forbidden`, `not_found`, `invalid_input`, `too_large` after a hundred comments
 */
export async function commentOnRequest(
  context: AccessContext,
  input: { requestId: string; by: Identity; text: string; platform: string },
): Promise<RequestView> {
  const { requestId, by, platform } = input;
  const text = input.text.trim();
  if (text === '') throw new AppError('invalid_input', 'A comment needs a text.');
  if (text.length > COMMENT_CHARACTERS_MAX) {
    throw new AppError('invalid_input', `The comment is longer than ${COMMENT_CHARACTERS_MAX} characters.`);
  }
  const at = context.clock.now();
  const claims = await claimsOnRequest(context, { requestId, voter: by });
  return context.store.transaction(async (db) => {
    const request = await lockRequest(db, { id: requestId });
    if (request === null) throw new AppError('not_found', `There is no request ${requestId.slice(0, 40)}.`);
    const votes = await listVotes(db, { requestIds: [request.id] });
    const mayVote = async (): Promise<boolean> => {
      const matter = requestMatter(request, votes);
      return !((await admitVoter(context, db, { matter, voter: by, claims, now: at })) instanceof AppError);
    };
    const refusal = await refusalOfComment(context, { request, votes, by, mayVote });
    if (refusal !== null) throw refusal;
    if ((await listComments(db, { requestIds: [request.id] })).length >= COMMENTS_MAX) {
      throw new AppError('too_large', `Request ${request.id} has ${COMMENTS_MAX} comments already.`);
    }
    await insertComment(db, { requestId: request.id, authorId: by.id, text, platform, createdAt: at });
    await recordEvent(db, {
      at,
      type: 'request.commented',
      actorId: by.id,
      subject: request.id,
      data: { text, platform },
    });
    await askForJob(db, { job: 'sync-card', payload: { subject: 'request', id: request.id } }, { now: at });
    return readRequestView(db, request.id);
  });
}

interface Commenting {
  readonly request: RequestRow;
  /** Cast so far. */
  readonly votes: readonly VoteRow[];
  readonly by: Identity;
  /** Asked for only where it matters. */
  readonly mayVote: () => Promise<boolean>;
}

/** Null for whoever may comment on this request. */
export async function refusalOfComment(
  context: Pick<AccessContext, 'policy' | 'clock'>,
  commenting: Commenting,
): Promise<AppError | null> {
  if (await mayComment(context, commenting)) return null;
  const text = 'Comments are for the requester, the beneficiary and those who may decide.';
  return new AppError('forbidden', text);
}

async function mayComment(
  context: Pick<AccessContext, 'policy' | 'clock'>,
  { request, votes, by, mayVote }: Commenting,
): Promise<boolean> {
  const parties = [request.requester, request.beneficiary];
  if (by.kind === 'workload') return parties.some(({ id }) => id === by.id);
  if (isOverseer(context, by) || parties.some((party) => isOrAnswersFor(context, { person: by, party }))) {
    return true;
  }
  if (request.consentFrom != null && isSameAddress(by.email, request.consentFrom)) return true;
  const hasVoted = votes.some(
    ({ identity, onBehalfOf }) =>
      isSamePerson(by, identity) || (onBehalfOf != null && isSamePerson(by, onBehalfOf)),
  );
  return hasVoted || mayVote();
}
