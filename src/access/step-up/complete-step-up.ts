/** The other end of a step-up link: what it is about, and the vote itself once its voter has signed in afresh. */
import { AppError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type { VoteVerdict } from '../../core/request.ts';
import type { StepUpRow } from '../../store/entities/step-up.ts';
import type { Database } from '../../store/open-store.ts';
import { findRequest, listVotes } from '../../store/operations/requests.ts';
import { consumeStepUp, findStepUp, lockStepUp } from '../../store/operations/step-ups.ts';
import type { AccessContext } from '../context.ts';
import {
  type Ballot,
  claimsOnRequest,
  countVote,
  refusalWhenClosed,
  type VoteResult,
} from '../count-vote.ts';
import { keepRefusal } from '../keep-refusal.ts';
import { readRequestView } from '../read-views.ts';
import { requestMatter } from '../request-matter.ts';
import type { PartyView, RequestView } from '../views.ts';
import { admitVoter } from '../voting/admit-voter.ts';
import { voteOnce } from '../voting/vote-once.ts';
import { hashOfShown, sha256 } from './ask-for-step-up.ts';

const NONCE_PATTERN = /^[a-z2-7]{32}$/;
/** The provider's clock and ours; what it says is in whole seconds. */
const CLOCK_TOLERANCE_MS = 5_000;

export interface StepUpView {
  readonly request: RequestView;
  readonly verdict: VoteVerdict;
  /** Whose vote it would be; null for the own one. */
  readonly inPlaceOf: PartyView | null;
  /** The shorter time that would be allowed, or null. */
  readonly durationMs: number | null;
  readonly note: string | null;
  /** The sign-in has to be later than this. */
  readonly askedAt: Date;
  /** And no older than this when the vote is cast. */
  readonly signInAgeMaxMs: number | null;
  readonly expiresAt: Date;
}

/** Whether this sign-in is fresh enough for the vote. @param input.signedInAt null if the provider did not say */
export function isFreshFor(
  { askedAt, signInAgeMaxMs }: Pick<StepUpView, 'askedAt' | 'signInAgeMaxMs'>,
  { signedInAt, at }: { signedInAt: Date | null; at: Date },
): boolean {
  const oldestMs = signInAgeMaxMs === null ? 0 : at.getTime() - signInAgeMaxMs;
  const earliestMs = Math.max(askedAt.getTime(), oldestMs) - CLOCK_TOLERANCE_MS;
  return signedInAt !== null && signedInAt.getTime() >= earliestMs;
}

/**
 * What the link would decide.
 * @throws AppError `not_found` for an unknown link, `forbidden` for another person's, `gone` for one that was used,
 *   is too old, or whose request has changed since
 */
export async function readStepUp(
  context: AccessContext,
  input: { nonce: string; by: Identity },
): Promise<StepUpView> {
  const db = context.store.read();
  const stepUp = await findStepUp(db, { idSha256: hashOfNonce(input.nonce) });
  const at = context.clock.now();
  const checked = await checkFirst(context, { stepUp, by: input.by, at });
  const { verdict, note, createdAt, expiresAt } = checked;
  return {
    request: await readRequestView(db, checked.request.id),
    verdict,
    inPlaceOf: await inPlaceOf(context, { ballot: ballotOf(checked, input.by), at }),
    durationMs: checked.durationMs ?? null,
    note: note ?? null,
    askedAt: createdAt,
    signInAgeMaxMs: ageMaxOf(checked),
    expiresAt,
  };
}

/**
 * Casts the vote that the link stands for. The link is used up, whatever becomes of the vote.
 * @param input.signedInAt when the identity provider last made the person prove who they are; null if it did not say
 * @throws AppError as `readStepUp` and `castVote` do, and `step_up_required` for a sign-in that is not fresh
 */
export async function completeStepUp(
  context: AccessContext,
  input: { nonce: string; by: Identity; signedInAt: Date | null },
): Promise<VoteResult> {
  const { by, signedInAt } = input;
  const idSha256 = hashOfNonce(input.nonce);
  const at = context.clock.now();
  const found = await findStepUp(context.store.read(), { idSha256 });
  const ballot = ballotOf(await checkFirst(context, { stepUp: found, by, at }), by);
  const claims = await claimsOnRequest(context, ballot);
  const { requestId, voter, platform } = ballot;
  const result = await voteOnce(context, { subject: requestId, voter, platform, at }, async (db) => {
    const stepUp = await check(db, { stepUp: await lockStepUp(db, { idSha256 }), by, at });
    requireFresh(stepUp, { signedInAt, at });
    if (signedInAt === null || !(await consumeStepUp(db, { idSha256, signedInAt, at }))) throw usedUp();
    return countVote(context, db, { ballot, claims, steppedUp: true, at });
  });
  if ('outcome' in result) return result;
  throw new AppError('internal', 'a vote after a fresh sign-in asked for another');
}

/** Somebody else's link is worth knowing of. */
async function checkFirst(
  context: AccessContext,
  of: { stepUp: StepUpRow | null; by: Identity; at: Date },
): Promise<StepUpRow> {
  const subject = of.stepUp?.request.id ?? 'step-up';
  const attempt = { type: 'vote.refused', actorId: of.by.id, subject, data: { act: 'step-up' } } as const;
  return keepRefusal(context, attempt, () => check(context.store.read(), of));
}

/** @throws AppError the refusal of a vote that would not count */
async function inPlaceOf(
  context: AccessContext,
  { ballot, at }: { ballot: Ballot; at: Date },
): Promise<PartyView | null> {
  const db = context.store.read();
  const { requestId, voter } = ballot;
  const request = await findRequest(db, { id: requestId });
  if (request === null) throw new AppError('not_found', 'There is no such vote to confirm.');
  const matter = requestMatter(request, await listVotes(db, { requestIds: [requestId] }));
  const claims = await claimsOnRequest(context, ballot);
  const admitted = await admitVoter(context, db, { matter, voter, claims, now: at });
  if (admitted instanceof AppError) throw admitted;
  const { onBehalfOf } = admitted;
  if (onBehalfOf === null) return null;
  const { id, kind, name, email } = onBehalfOf;
  return { id, kind, name, email };
}

async function check(
  db: Database,
  { stepUp, by, at }: { stepUp: StepUpRow | null; by: Identity; at: Date },
): Promise<StepUpRow> {
  if (stepUp === null) throw new AppError('not_found', 'There is no such vote to confirm.');
  if (stepUp.identity.id !== by.id) {
    throw new AppError('forbidden', `This link is for ${stepUp.identity.name}. Sign in as that person.`);
  }
  if (stepUp.usedAt != null) throw usedUp();
  if (stepUp.expiresAt <= at) throw new AppError('gone', 'This link is too old. Vote again from the card.');
  const request = await findRequest(db, { id: stepUp.request.id });
  if (request === null) throw new AppError('not_found', 'There is no such vote to confirm.');
  const closed = refusalWhenClosed(request, { votes: [], at });
  if (closed !== null) throw closed;
  if ((await hashOfShown(db, request)) !== stepUp.shownSha256) {
    throw new AppError(
      'gone',
      'The request has changed since you decided. Look at its card again, then vote.',
    );
  }
  return stepUp;
}

/** @throws AppError `step_up_required` */
function requireFresh(stepUp: StepUpRow, { signedInAt, at }: { signedInAt: Date | null; at: Date }): void {
  const asked = { askedAt: stepUp.createdAt, signInAgeMaxMs: ageMaxOf(stepUp) };
  if (isFreshFor(asked, { signedInAt, at })) return;
  throw new AppError('step_up_required', 'This vote needs a fresh sign-in.');
}

function ageMaxOf({ request: { approval } }: StepUpRow): number | null {
  return approval.kind === 'votes' ? (approval.signInAgeMaxMs ?? null) : null;
}

function ballotOf(stepUp: StepUpRow, voter: Identity): Ballot {
  return {
    requestId: stepUp.request.id,
    voter,
    verdict: stepUp.verdict,
    durationMs: stepUp.durationMs ?? null,
    note: stepUp.note ?? null,
    platform: stepUp.platform,
  };
}

function hashOfNonce(nonce: string): string {
  if (!NONCE_PATTERN.test(nonce)) throw new AppError('not_found', 'There is no such vote to confirm.');
  return sha256(nonce);
}

function usedUp(): AppError {
  return new AppError('gone', 'This link was used already.');
}
