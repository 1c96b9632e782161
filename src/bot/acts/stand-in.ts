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
import { texts } from '../texts/texts.ts';
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
  const { asked, stands } = texts().delegations.answers;
  const made = { to: fullNameOf(delegation.to), until: formatInstant(delegation.until) };
  return delegation.acceptedAt === null ? say('waiting', asked(made)) : say('good', stands(made));
}

export async function acceptDelegationOf(bot: BotContext, id: string, input: ActInput): Promise<ActAnswer> {
  const { from, until } = await acceptDelegation(bot.access, { id, by: input.by });
  const { accepted } = texts().delegations.answers;
  return say('good', accepted({ from: fullNameOf(from), until: formatInstant(until) }));
}

export async function listDelegationsOf(bot: BotContext, input: ActInput): Promise<ActAnswer> {
  const delegations = await listDelegations(bot.access, { of: input.by });
  return say('neutral', '', delegationsCard(delegations, { viewerId: input.by.id }));
}

export async function endDelegationOf(bot: BotContext, id: string, input: ActInput): Promise<ActAnswer> {
  const delegation = await endDelegation(bot.access, { id, by: input.by });
  const { from, to, acceptedAt } = delegation;
  const { declined, ended } = texts().delegations.answers;
  const pair = { from: fullNameOf(from), to: fullNameOf(to) };
  return say('good', acceptedAt === null ? declined(pair) : ended(pair));
}

export async function showOnCall(bot: BotContext, resource: string): Promise<ActAnswer> {
  const schedules = await whoIsOnCall(bot.access, { resource });
  return say('neutral', '', onCallCard(resource, schedules));
}
