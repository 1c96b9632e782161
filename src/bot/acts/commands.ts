/** Command -> answer. One case for each; the work is in the files beside this one. */
import { HOLD_ID_PATTERN } from '../../core/hold.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import { helpCard } from '../cards/help-card.ts';
import type { Command } from '../commands/command.ts';
import { nearest } from '../commands/did-you-mean.ts';
import { COMMANDS } from '../commands/table.ts';
import { texts } from '../texts/texts.ts';
import type { ActInput } from './act.ts';
import { say } from './answers.ts';
import { askForAccess } from './ask-for-access.ts';
import { breakTheGlass } from './break-glass.ts';
import { cancelRequestOf, finishGrantOf, revokeGrantOf, revokeGrantsOfPerson } from './end-access.ts';
import { onIncident, timelineOf } from './incidents.ts';
import { linkOf } from './link.ts';
import { listMine, listPending, listSessionsOf, showAnything, showSession } from './look.ts';
import { extendAccess } from './more-time.ts';
import {
  acceptDelegationOf,
  delegateTo,
  endDelegationOf,
  listDelegationsOf,
  showOnCall,
} from './stand-in.ts';
import { askAgain, commentOn, showForConsent } from './talk.ts';
import { showForDecision, typedDenial } from './vote.ts';
import { showCommandForDecision, typedDenialOfCommand } from './vote-on-command.ts';

export async function runCommand(bot: BotContext, command: Command, input: ActInput): Promise<ActAnswer> {
  switch (command.name) {
    case 'request':
      return askForAccess(bot, command, input);
    case 'mine':
      return listMine(bot, input);
    case 'pending':
      return listPending(bot, input);
    case 'show':
      return showAnything(bot, command.id, input);
    case 'cancel':
      return cancelRequestOf(bot, command.id, input);
    case 'done':
      return finishGrantOf(bot, command.id, input);
    case 'revoke':
      return command.target.kind === 'grant'
        ? revokeGrantOf(bot, { grantId: command.target.id, reason: command.reason }, input)
        : revokeGrantsOfPerson(bot, { account: command.target.account, reason: command.reason }, input);
    case 'approve':
      return HOLD_ID_PATTERN.test(command.id)
        ? showCommandForDecision(bot, command, input)
        : showForDecision(bot, command);
    case 'deny':
      return HOLD_ID_PATTERN.test(command.id)
        ? typedDenialOfCommand(bot, command, input)
        : typedDenial(bot, command, input);
    case 'sessions':
      return listSessionsOf(bot, command.search, input);
    case 'replay':
      return showSession(bot, command.id, input);
    case 'help':
      return help(command.topic);
    case 'extend':
      return extendAccess(bot, command, input);
    case 'breakglass':
      return breakTheGlass(bot, command, input);
    case 'comment':
      return commentOn(bot, command, input);
    case 'consent':
      return showForConsent(bot, command.id);
    case 'again':
      return askAgain(bot, command.id, input);
    case 'delegate':
      return delegateTo(bot, command, input);
    case 'answer-delegation':
      return command.accepts
        ? acceptDelegationOf(bot, command.id, input)
        : endDelegationOf(bot, command.id, input);
    case 'delegations':
      return listDelegationsOf(bot, input);
    case 'oncall':
      return showOnCall(bot, command.resource);
    case 'incident':
      return onIncident(bot, command, input);
    case 'timeline':
      return timelineOf(bot, command, input);
    case 'link':
      return linkOf(bot, command, input);
  }
}

function help(topic: string | null): ActAnswer {
  const spec = COMMANDS.find((candidate) => candidate.name === topic) ?? null;
  if (topic === null || spec !== null) return say('neutral', '', helpCard(COMMANDS, spec));
  const meant = nearest(
    topic,
    COMMANDS.map((candidate) => candidate.name),
  );
  const words = texts().help;
  const problem = meant === null ? words.unknownTopic(topic) : words.unknownTopicMeant(topic, meant);
  return say('warning', problem, helpCard(COMMANDS, null));
}
