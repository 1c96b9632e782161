/** Deciding. A click votes on the card that was clicked; typing `approve` only ever shows that card. */
import { castVote, type VoteResult } from '../../access/cast-vote.ts';
import { readRequest } from '../../access/read-access.ts';
import type { RequestView } from '../../access/views.ts';
import { parseDuration } from '../../core/duration.ts';
import { AppError } from '../../core/errors.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import { NAME_CHARACTERS_MAX, STATUS_CHARACTERS_MAX } from '../cards/limits.ts';
import { plainLine } from '../cards/plain-text.ts';
import { formatInstant, lacking, nameOf } from '../cards/wording.ts';
import { approveForLessForm, denyForm } from '../forms/decision-forms.ts';
import { renderRequest } from '../render-request.ts';
import type { ActInput, FormValues } from './act.ts';
import { ask, say } from './answers.ts';
import { textIn } from './form-text.ts';

/** `approve ID`: the card, with its buttons; with a duration or a note also the form that says both. */
export async function showForDecision(
  bot: BotContext,
  command: { readonly id: string; readonly durationMs: number | null; readonly note: string | null },
): Promise<ActAnswer> {
  const request = await readRequest(bot.access, { id: command.id });
  const card = await renderRequest(bot.access, request);
  if (request.state !== 'pending') return say('neutral', 'This is decided already.', card);
  const { reply } = say('waiting', 'Nothing is decided yet: read the card, then use its buttons.', card);
  const wantsForm = command.durationMs !== null || command.note !== null;
  return { reply, form: wantsForm ? approveForLessForm(request, command) : null };
}

export async function typedDenial(
  bot: BotContext,
  command: { readonly id: string; readonly reason: string | null },
  input: ActInput,
): Promise<ActAnswer> {
  if (command.reason === null) return askForDenial(bot, command.id);
  return vote(bot, { requestId: command.id, verdict: 'deny', durationMs: null, note: command.reason }, input);
}

export async function approveAsShown(
  bot: BotContext,
  requestId: string,
  input: ActInput,
): Promise<ActAnswer> {
  return vote(bot, { requestId, verdict: 'approve', durationMs: null, note: null }, input);
}

export async function askForShorterTime(bot: BotContext, requestId: string): Promise<ActAnswer> {
  const request = await readRequest(bot.access, { id: requestId });
  if (request.state !== 'pending') return decidedAlready(bot, request);
  return ask(approveForLessForm(request, { durationMs: null, note: null }));
}

export async function askForDenial(bot: BotContext, requestId: string): Promise<ActAnswer> {
  const request = await readRequest(bot.access, { id: requestId });
  if (request.state !== 'pending') return decidedAlready(bot, request);
  return ask(denyForm(request));
}

export async function submitShorterTime(
  bot: BotContext,
  options: { readonly requestId: string; readonly values: FormValues },
  input: ActInput,
): Promise<ActAnswer> {
  const durationMs = parseDuration(options.values.get('duration') ?? '');
  const note = textIn(options.values, 'note') || null;
  return vote(bot, { requestId: options.requestId, verdict: 'approve', durationMs, note }, input);
}

export async function submitDenial(
  bot: BotContext,
  options: { readonly requestId: string; readonly values: FormValues },
  input: ActInput,
): Promise<ActAnswer> {
  const note = textIn(options.values, 'reason');
  if (note === '') throw new AppError('invalid_input', 'Say why: the requester sees the reason of a denial.');
  return vote(bot, { requestId: options.requestId, verdict: 'deny', durationMs: null, note }, input);
}

interface Vote {
  readonly requestId: string;
  readonly verdict: 'approve' | 'deny';
  readonly durationMs: number | null;
  readonly note: string | null;
}

const TONES = { recorded: 'waiting', approved: 'good', denied: 'good', closed: 'warning' } as const;

async function vote(bot: BotContext, cast: Vote, input: ActInput): Promise<ActAnswer> {
  const result = await castVote(bot.access, { ...cast, voter: input.by, platform: input.place.platform });
  return say(TONES[result.outcome], outcomeInWords(result));
}

function outcomeInWords({ outcome, request }: VoteResult): string {
  switch (outcome) {
    case 'recorded':
      return `Your approval of ${request.id} is recorded. It still needs ${lacking(request)}.${tightenedInWords(request)}`;
    case 'closed':
      return `${request.id} is not granted. ${plainLine(request.closed?.because ?? '', STATUS_CHARACTERS_MAX)}`;
    case 'approved':
      return approvedInWords(request);
    case 'denied':
      return `${request.id} is denied. The card says why.`;
  }
}

function tightenedInWords({ tightened }: RequestView): string {
  if (tightened === null) return '';
  return ` The policy ${plainLine(tightened.policy, NAME_CHARACTERS_MAX)} asks for more than when this was asked.`;
}

function approvedInWords(request: RequestView): string {
  const { id, kind, beneficiary, grant } = request;
  if (kind === 'extension') {
    const until =
      grant === null
        ? ''
        : ` ${nameOf(beneficiary)} keeps the access until ${formatInstant(grant.expiresAt)}.`;
    return `${id} is approved.${until}`;
  }
  return `${id} is approved. ${nameOf(beneficiary)} gets the connection as a private message.`;
}

async function decidedAlready(bot: BotContext, request: RequestView): Promise<ActAnswer> {
  return say('warning', `${request.id} is not open any more.`, await renderRequest(bot.access, request));
}
