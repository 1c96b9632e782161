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
import { texts } from '../texts/texts.ts';
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
  if (request.state !== 'pending') return say('neutral', texts().answers.vote.decidedAlready, card);
  const { reply } = say('waiting', texts().answers.vote.nothingYet, card);
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
  if (note === '') throw new AppError('invalid_input', texts().problems.sayWhyDenied);
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
      return recordedInWords(request);
    case 'closed': {
      const because = plainLine(request.closed?.because ?? '', STATUS_CHARACTERS_MAX);
      return texts().answers.vote.closed({ id: request.id, because });
    }
    case 'approved':
      return approvedInWords(request);
    case 'denied':
      return texts().answers.vote.denied(request.id);
  }
}

function recordedInWords(request: RequestView): string {
  const words = texts().answers.vote;
  const recorded = words.recorded({ id: request.id, needed: lacking(request) });
  if (request.tightened === null) return recorded;
  return words.tightened({ recorded, policy: plainLine(request.tightened.policy, NAME_CHARACTERS_MAX) });
}

function approvedInWords(request: RequestView): string {
  const { id, kind, beneficiary, grant } = request;
  const words = texts().answers.vote;
  const who = nameOf(beneficiary);
  if (kind !== 'extension') return words.approved({ id, who });
  if (grant === null) return words.extended(id);
  return words.extendedUntil({ id, who, until: formatInstant(grant.expiresAt) });
}

async function decidedAlready(bot: BotContext, request: RequestView): Promise<ActAnswer> {
  return say('warning', texts().answers.vote.notOpen(request.id), await renderRequest(bot.access, request));
}
