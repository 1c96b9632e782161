/** Buttons: what each click does. A click carries an opaque id and nothing that is believed. */
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import type { ActionId } from '../card.ts';
import type { Act, ActInput } from './act.ts';
import { attach } from './attachments.ts';
import { cancelRequestOf, finishGrantOf, revokeGrantOf, terminateSessionOf } from './end-access.ts';
import { closeIncidentOf, reportOfIncident, timelineOfIncident } from './incidents.ts';
import { linkAnew, showCode, unlinkOf } from './link.ts';
import { showSession } from './look.ts';
import { extendAccess } from './more-time.ts';
import { approvePolicy, askForDenialOfPolicy, askForFinding, askToUnfreeze } from './oversee.ts';
import { revealConnectionOf } from './reveal.ts';
import { acceptDelegationOf, endDelegationOf } from './stand-in.ts';
import { askAgain, askForRefusalOfConsent, commentOn, giveConsent } from './talk.ts';
import { approveAsShown, askForDenial, askForShorterTime } from './vote.ts';
import { approveCommand, askForDenialOfCommand } from './vote-on-command.ts';

type Action = (bot: BotContext, subject: string, input: ActInput) => Promise<ActAnswer>;

const ACTION_TABLE: Readonly<Record<ActionId, Action>> = {
  approve: approveAsShown,
  'approve-for-less': askForShorterTime,
  deny: askForDenial,
  'approve-once': approveCommand('once'),
  'approve-for-session': approveCommand('session'),
  'deny-command': askForDenialOfCommand,
  cancel: cancelRequestOf,
  again: askAgain,
  comment: (bot, id, input) => commentOn(bot, { id, text: null }, input),
  consent: giveConsent,
  'refuse-consent': askForRefusalOfConsent,
  reveal: revealConnectionOf,
  extend: (bot, id, input) => extendAccess(bot, { id, byMs: null, reason: null }, input),
  done: finishGrantOf,
  revoke: (bot, grantId, input) => revokeGrantOf(bot, { grantId, reason: null }, input),
  replay: showSession,
  terminate: terminateSessionOf,
  'accept-delegation': acceptDelegationOf,
  'end-delegation': endDelegationOf,
  'find-justified': askForFinding('justified'),
  'find-unjustified': askForFinding('unjustified'),
  'approve-policy': approvePolicy,
  'deny-policy': askForDenialOfPolicy,
  unfreeze: askToUnfreeze,
  timeline: timelineOfIncident,
  report: reportOfIncident,
  'close-incident': closeIncidentOf,
  transcript: attach('transcript'),
  recording: attach('recording'),
  'link-account': linkAnew,
  'show-link-code': showCode,
  'unlink-account': unlinkOf,
};

export async function runAction(
  bot: BotContext,
  act: Extract<Act, { kind: 'action' }>,
  input: ActInput,
): Promise<ActAnswer> {
  return ACTION_TABLE[act.action](bot, act.subject, input);
}
