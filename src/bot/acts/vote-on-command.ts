/** Deciding about a held command. A click says which bytes its card showed; typing `approve` shows the card. */
import { chatHold } from '../../access/chat-hold.ts';
import { voteOnHold } from '../../access/decide-hold.ts';
import { readHold } from '../../access/read-holds.ts';
import type { HoldView } from '../../access/views.ts';
import { AppError } from '../../core/errors.ts';
import { HOLD_SCOPES, type HoldScope } from '../../core/hold.ts';
import type { VoteVerdict } from '../../core/request.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import { holdCard, readHoldSubject } from '../cards/hold-card.ts';
import { nameOf, stillNeeded } from '../cards/wording.ts';
import { approveCommandForm, denyCommandForm } from '../forms/decision-forms.ts';
import { texts } from '../texts/texts.ts';
import type { ActInput, FormValues } from './act.ts';
import { ask, say } from './answers.ts';
import { textIn } from './form-text.ts';

/** `approve h-…`: the card, with its buttons; with a note also the form that takes it. */
export async function showCommandForDecision(
  bot: BotContext,
  command: { readonly id: string; readonly durationMs: number | null; readonly note: string | null },
  input: ActInput,
): Promise<ActAnswer> {
  if (command.durationMs !== null) {
    throw new AppError('invalid_input', texts().problems.noTimeToGive);
  }
  const hold = chatHold(bot.access, await readHold(bot.access, { id: command.id, viewer: input.by }));
  const card = holdCard(hold, bot.access.settings);
  if (hold.state !== 'held') return say('neutral', texts().answers.vote.decidedAlready, card);
  const { reply } = say('waiting', texts().answers.vote.nothingYet, card);
  const offersApproval = card.actions.some((one) => one.kind === 'button' && one.action === 'approve-once');
  const wantsForm = command.note !== null && offersApproval;
  return { reply, form: wantsForm ? approveCommandForm(hold, command.note ?? '') : null };
}

/** `deny h-… because …`: a denial needs no look at the bytes. */
export async function typedDenialOfCommand(
  bot: BotContext,
  command: { readonly id: string; readonly reason: string | null },
  input: ActInput,
): Promise<ActAnswer> {
  const hold = await readHold(bot.access, { id: command.id, viewer: input.by });
  if (command.reason === null) return askWhyNot(bot, hold);
  const { id: holdId, textSha256 } = hold;
  return vote(bot, { holdId, textSha256, verdict: 'deny', scope: 'once', note: command.reason }, input);
}

/** One of the two approving buttons. */
export function approveCommand(
  scope: HoldScope,
): (bot: BotContext, subject: string, input: ActInput) => Promise<ActAnswer> {
  return (bot, subject, input) =>
    vote(bot, { ...shownOn(subject), verdict: 'approve', scope, note: null }, input);
}

export async function askForDenialOfCommand(
  bot: BotContext,
  subject: string,
  input: ActInput,
): Promise<ActAnswer> {
  const { holdId } = shownOn(subject);
  return askWhyNot(bot, await readHold(bot.access, { id: holdId, viewer: input.by }));
}

export async function submitApprovalOfCommand(
  bot: BotContext,
  { subject, values }: { readonly subject: string; readonly values: FormValues },
  input: ActInput,
): Promise<ActAnswer> {
  const scope = HOLD_SCOPES.find((one) => one === values.get('scope'));
  if (scope === undefined) throw new AppError('invalid_input', texts().problems.sayScope);
  const note = textIn(values, 'note') || null;
  return vote(bot, { ...shownOn(subject), verdict: 'approve', scope, note }, input);
}

export async function submitDenialOfCommand(
  bot: BotContext,
  { subject, values }: { readonly subject: string; readonly values: FormValues },
  input: ActInput,
): Promise<ActAnswer> {
  const note = textIn(values, 'reason');
  return vote(bot, { ...shownOn(subject), verdict: 'deny', scope: 'once', note }, input);
}

function shownOn(subject: string): { holdId: string; textSha256: string } {
  const shown = readHoldSubject(subject);
  if (shown === null) throw new AppError('invalid_input', texts().problems.namesNoCommand);
  return shown;
}

function askWhyNot(bot: BotContext, hold: HoldView): ActAnswer {
  const shown = chatHold(bot.access, hold);
  if (hold.state === 'held') return ask(denyCommandForm(shown));
  return say('warning', texts().answers.vote.notOpen(hold.id), holdCard(shown, bot.access.settings));
}

interface Vote {
  readonly holdId: string;
  readonly textSha256: string;
  readonly verdict: VoteVerdict;
  readonly scope: HoldScope;
  readonly note: string | null;
}

async function vote(bot: BotContext, cast: Vote, input: ActInput): Promise<ActAnswer> {
  const hold = await voteOnHold(bot.access, { ...cast, voter: input.by, platform: input.place.platform });
  return say(hold.state === 'held' ? 'waiting' : 'good', outcomeInWords(hold));
}

function outcomeInWords(hold: HoldView): string {
  const { vote, command } = texts().answers;
  const { id } = hold;
  switch (hold.state) {
    case 'held':
      return vote.recorded({ id, needed: stillNeeded(hold) });
    case 'approved':
      return hold.scope === 'session' ? command.runsForSession(id) : command.runsOnce(id);
    default:
      return command.denied({ id, who: nameOf(hold.holder) });
  }
}
