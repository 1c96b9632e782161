/** What people do with a request besides deciding: words, consent, asking once more. */
import { commentOnRequest } from '../../access/comment-on-request.ts';
import { consentToRequest } from '../../access/consent-to-request.ts';
import { readRequest } from '../../access/read-access.ts';
import { requestAgain } from '../../access/request-again.ts';
import type { RequestView } from '../../access/views.ts';
import { AppError } from '../../core/errors.ts';
import type { VoteVerdict } from '../../core/request.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import { nameOf, stillNeeded } from '../cards/wording.ts';
import { commentForm, refuseConsentForm } from '../forms/request-life-forms.ts';
import { renderRequest } from '../render-request.ts';
import { texts } from '../texts/texts.ts';
import type { ActInput, FormValues } from './act.ts';
import { ask, say } from './answers.ts';
import { textIn } from './form-text.ts';
import { originOf } from './place.ts';

/** Without words the form asks for them. */
export async function commentOn(
  bot: BotContext,
  comment: { readonly id: string; readonly text: string | null },
  input: ActInput,
): Promise<ActAnswer> {
  const { id: requestId, text } = comment;
  if (text === null) return ask(commentForm(await readRequest(bot.access, { id: requestId })));
  const { platform } = input.place;
  const request = await commentOnRequest(bot.access, { requestId, by: input.by, text, platform });
  return say('good', texts().answers.comment.made(request.id));
}

export async function submitComment(
  bot: BotContext,
  { subject, values }: { readonly subject: string; readonly values: FormValues },
  input: ActInput,
): Promise<ActAnswer> {
  const text = textIn(values, 'text');
  if (text === '') throw new AppError('invalid_input', texts().problems.emptyComment);
  return commentOn(bot, { id: subject, text }, input);
}

/** `consent ID`: the card, with its buttons. Typing this does not consent to anything unseen. */
export async function showForConsent(bot: BotContext, requestId: string): Promise<ActAnswer> {
  const request = await readRequest(bot.access, { id: requestId });
  const card = await renderRequest(bot.access, request);
  const { answers } = texts();
  if (request.state !== 'pending') return say('neutral', answers.vote.decidedAlready, card);
  if (request.consent === null) return say('neutral', answers.consent.notNeeded, card);
  if (request.consent.given) return say('neutral', answers.consent.givenAlready, card);
  return say('waiting', answers.consent.nothingYet, card);
}

export async function giveConsent(bot: BotContext, requestId: string, input: ActInput): Promise<ActAnswer> {
  return consent(bot, { requestId, verdict: 'approve', note: null }, input);
}

export async function askForRefusalOfConsent(bot: BotContext, requestId: string): Promise<ActAnswer> {
  const request = await readRequest(bot.access, { id: requestId });
  if (request.state === 'pending') return ask(refuseConsentForm(request));
  return say('warning', texts().answers.vote.notOpen(request.id), await renderRequest(bot.access, request));
}

export async function submitRefusalOfConsent(
  bot: BotContext,
  { subject, values }: { readonly subject: string; readonly values: FormValues },
  input: ActInput,
): Promise<ActAnswer> {
  const note = textIn(values, 'reason');
  if (note === '') throw new AppError('invalid_input', texts().problems.sayWhyRefused);
  return consent(bot, { requestId: subject, verdict: 'deny', note }, input);
}

async function consent(
  bot: BotContext,
  given: { readonly requestId: string; readonly verdict: VoteVerdict; readonly note: string | null },
  input: ActInput,
): Promise<ActAnswer> {
  const { platform } = input.place;
  const request = await consentToRequest(bot.access, { ...given, by: input.by, platform });
  return say(request.state === 'pending' ? 'waiting' : 'good', consentInWords(request));
}

function consentInWords(request: RequestView): string {
  const { answers, requests } = texts();
  const { id } = request;
  switch (request.state) {
    case 'pending':
      return answers.consent.pending({ id, needed: stillNeeded(request) });
    case 'approved':
      return answers.consent.approved({ id, who: nameOf(request.beneficiary) });
    default: {
      const state = requests.states[request.state];
      return answers.consent.ended({ id, state, who: nameOf(request.requester) });
    }
  }
}

export async function askAgain(bot: BotContext, requestId: string, input: ActInput): Promise<ActAnswer> {
  const { place } = input;
  const request = await requestAgain(bot.access, {
    requestId,
    by: input.by,
    idempotencyKey: `${place.platform}:${input.key}`,
    origin: originOf(place),
  });
  const words = texts().answers.request;
  const text =
    request.state === 'pending'
      ? words.againPending({ id: request.id, needed: stillNeeded(request) })
      : words.againAutomatic(request.id);
  return say(request.state === 'pending' ? 'waiting' : 'good', text);
}
