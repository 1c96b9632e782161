/** Reviewing what was taken in an emergency, deciding about the policy, lifting a freeze. */
import { voteOnPolicyChange } from '../../access/decide-policy-change.ts';
import { decideReview } from '../../access/decide-review.ts';
import { readFreezeEpisode, unfreeze } from '../../access/freeze.ts';
import { readPolicyChange } from '../../access/read-policy-changes.ts';
import { readReview } from '../../access/reviews.ts';
import { AppError } from '../../core/errors.ts';
import type { VoteVerdict } from '../../core/request.ts';
import type { ReviewVerdict } from '../../core/review.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import { policyChangeCard, readPolicyChangeSubject } from '../cards/policy-change-card.ts';
import { reviewCard } from '../cards/review-card.ts';
import { stillNeeded } from '../cards/wording.ts';
import { denyPolicyForm, findingForm, unfreezeForm } from '../forms/oversight-forms.ts';
import { texts } from '../texts/texts.ts';
import type { ActInput, FormValues } from './act.ts';
import { ask, say } from './answers.ts';
import { textIn } from './form-text.ts';

interface Submission {
  readonly subject: string;
  readonly values: FormValues;
}

/** Both findings take words: what was looked at is what a review is for. */
export function askForFinding(
  verdict: ReviewVerdict,
): (bot: BotContext, reviewId: string, input: ActInput) => Promise<ActAnswer> {
  return async (bot, reviewId, input) => {
    const review = await readReview(bot.access, { id: reviewId, viewer: input.by });
    if (review.state === 'pending') return ask(findingForm(review, verdict));
    return say(
      'warning',
      texts().answers.review.decidedAlready(review.id),
      reviewCard(review, bot.access.settings),
    );
  };
}

export function submitFinding(
  verdict: ReviewVerdict,
): (bot: BotContext, submission: Submission, input: ActInput) => Promise<ActAnswer> {
  return async (bot, { subject, values }, input) => {
    const review = await decideReview(bot.access, {
      reviewId: subject,
      by: input.by,
      verdict,
      note: reasonIn(values),
      platform: input.place.platform,
    });
    const words = texts().answers.review;
    return review.state === 'pending'
      ? say('waiting', words.recorded({ id: review.id, needed: stillNeeded(review) }))
      : say('good', words[review.state](review.id));
  };
}

export async function approvePolicy(bot: BotContext, subject: string, input: ActInput): Promise<ActAnswer> {
  return voteOnPolicy(bot, { subject, verdict: 'approve', note: null }, input);
}

export async function askForDenialOfPolicy(
  bot: BotContext,
  subject: string,
  input: ActInput,
): Promise<ActAnswer> {
  const { changeId } = shownOn(subject);
  const change = await readPolicyChange(bot.access, { id: changeId, viewer: input.by });
  if (change.state === 'pending') return ask(denyPolicyForm(change));
  return say(
    'warning',
    texts().answers.vote.notOpen(change.id),
    policyChangeCard(change, bot.access.settings),
  );
}

export async function submitDenialOfPolicy(
  bot: BotContext,
  { subject, values }: Submission,
  input: ActInput,
): Promise<ActAnswer> {
  return voteOnPolicy(bot, { subject, verdict: 'deny', note: reasonIn(values) }, input);
}

async function voteOnPolicy(
  bot: BotContext,
  cast: { readonly subject: string; readonly verdict: VoteVerdict; readonly note: string | null },
  input: ActInput,
): Promise<ActAnswer> {
  const { subject, verdict, note } = cast;
  const { platform } = input.place;
  const change = await voteOnPolicyChange(bot.access, {
    ...shownOn(subject),
    voter: input.by,
    verdict,
    note,
    platform,
  });
  const { id } = change;
  const { answers, policyChanges } = texts();
  switch (change.state) {
    case 'pending':
      return say('waiting', answers.vote.recorded({ id, needed: stillNeeded(change) }));
    case 'applied':
      return say('good', answers.policy.applied(id));
    default:
      return say('good', answers.policy.ended({ id, state: policyChanges.states[change.state] }));
  }
}

export async function askToUnfreeze(bot: BotContext, freezeId: string): Promise<ActAnswer> {
  const freeze = await readFreezeEpisode(bot.access, { id: freezeId });
  if (freeze.lifted === null) return ask(unfreezeForm(freeze));
  return say('warning', texts().answers.freeze.liftedAlready);
}

export async function submitUnfreeze(
  bot: BotContext,
  { subject, values }: Submission,
  input: ActInput,
): Promise<ActAnswer> {
  await unfreeze(bot.access, { by: input.by, reason: reasonIn(values), freezeId: subject });
  return say('good', texts().answers.freeze.lifted);
}

function shownOn(subject: string): { changeId: string; version: string } {
  const shown = readPolicyChangeSubject(subject);
  if (shown === null) {
    throw new AppError('invalid_input', texts().problems.namesNoChange);
  }
  return shown;
}

function reasonIn(values: FormValues): string {
  const reason = textIn(values, 'reason');
  if (reason === '') throw new AppError('invalid_input', texts().problems.sayWhy);
  return reason;
}
