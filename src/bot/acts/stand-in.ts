/** Deciding in somebody's place, and who would be asked right now. */
import { acceptDelegation } from '../../access/accept-delegation.ts';
import { delegateVotes, endDelegation, listDelegations } from '../../access/delegate-votes.ts';
import { findAccount } from '../../access/find-account.ts';
import { whoIsOnCall } from '../../access/who-is-on-call.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import { delegationsCard } from '../cards/delegations-card.ts';
import { onCallCard } from '../cards/on-call-card.ts';
import { formatInstant, fullNameOf } from '../cards/wording.ts';
import { momentOf, type Until } from '../commands/until.ts';
import type { ActInput } from './act.ts';
import { say } from './answers.ts';

export async function delegateTo(
  bot: BotContext,
  command: { readonly account: string; readonly until: Until },
  input: ActInput,
): Promise<ActAnswer> {
  const to = await findAccount(bot.access, { account: command.account, workloads: false });
  const until = momentOf(command.until, bot.access.clock.now());
  const delegation = await delegateVotes(bot.access, { from: input.by, toId: to.id, until });
  const time = `until ${formatInstant(delegation.until)}, about what you could decide about today`;
  const look = '/access delegate shows it, with a button to end it.';
  return delegation.acceptedAt === null
    ? say(
        'waiting',
        `${fullNameOf(delegation.to)} is asked to decide in your place ${time}. It takes effect when they accept. ${look}`,
      )
    : say('good', `${fullNameOf(delegation.to)} decides in your place ${time}. ${look}`);
}

export async function acceptDelegationOf(bot: BotContext, id: string, input: ActInput): Promise<ActAnswer> {
  const { from, until } = await acceptDelegation(bot.access, { id, by: input.by });
  return say(
    'good',
    `You decide in the place of ${fullNameOf(from)} until ${formatInstant(until)}. You decide about nothing that is theirs.`,
  );
}

export async function listDelegationsOf(bot: BotContext, input: ActInput): Promise<ActAnswer> {
  const delegations = await listDelegations(bot.access, { of: input.by });
  return say('neutral', '', delegationsCard(delegations, { viewerId: input.by.id }));
}

export async function endDelegationOf(bot: BotContext, id: string, input: ActInput): Promise<ActAnswer> {
  const delegation = await endDelegation(bot.access, { id, by: input.by });
  const { from, to, acceptedAt } = delegation;
  const more = acceptedAt === null ? '' : ' any more';
  return say('good', `${fullNameOf(to)} does not decide in the place of ${fullNameOf(from)}${more}.`);
}

export async function showOnCall(bot: BotContext, resource: string): Promise<ActAnswer> {
  const schedules = await whoIsOnCall(bot.access, { resource });
  return say('neutral', '', onCallCard(resource, schedules));
}
