/** Incidents from chat: opening one, declaring a channel to be one's, closing it, and its timeline. */
import { askForIncidentDocument, type IncidentDocument } from '../../access/documents.ts';
import {
  closeIncident,
  type IncidentView,
  incidentNameOf,
  linkIncident,
  openIncident,
  openIncidentIn,
  readIncident,
} from '../../access/incidents/incidents.ts';
import { AppError } from '../../core/errors.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import { documentCard, incidentCard, timelineUrl } from '../cards/incident-cards.ts';
import type { IncidentCommand } from '../commands/command.ts';
import { texts } from '../texts/texts.ts';
import type { ActInput } from './act.ts';
import { say } from './answers.ts';

export async function onIncident(
  bot: BotContext,
  command: Extract<IncidentCommand, { name: 'incident' }>,
  input: ActInput,
): Promise<ActAnswer> {
  switch (command.what) {
    case 'show':
      return say('neutral', '', incidentCard(await incidentHere(bot, input)));
    case 'open':
      return open(bot, command.title, input);
    case 'link':
      return link(bot, command.title, input);
    case 'close':
      return close(bot, command.id ?? (await incidentHere(bot, input)).id, input);
    case 'report':
      return documentOf(bot, { kind: 'report', incident: command.incident }, input);
  }
}

export async function closeIncidentOf(bot: BotContext, id: string, input: ActInput): Promise<ActAnswer> {
  return close(bot, id, input);
}

export async function timelineOf(
  bot: BotContext,
  command: { readonly incident: string | null },
  input: ActInput,
): Promise<ActAnswer> {
  return documentOf(bot, { kind: 'timeline', incident: command.incident }, input);
}

/** Posted in the incident's own channel; anywhere else a link for whoever asks. */
async function documentOf(
  bot: BotContext,
  command: { readonly kind: IncidentDocument; readonly incident: string | null },
  input: ActInput,
): Promise<ActAnswer> {
  const { access } = bot;
  const { kind } = command;
  const here = await incidentNameHere(bot, input);
  const incident = command.incident ?? here;
  if (incident === null) {
    const { noTimelineHere, noReportHere } = texts().incidents.problems;
    throw new AppError('invalid_input', kind === 'timeline' ? noTimelineHere : noReportHere);
  }
  if (incident !== here) {
    const { signIn: why, [kind]: title } = texts().documents;
    const url = timelineUrl(incident, access.settings);
    return say('neutral', '', documentCard({ title: title(incident), why, url }));
  }
  const { platform, channel } = input.place;
  const asking = { by: input.by, platform, channel, idempotencyKey: keyOf(input) };
  await askForIncidentDocument(access, { ...asking, kind, incident });
  return say('good', texts().incidents.answers[kind]);
}

export async function reportOfIncident(bot: BotContext, id: string, input: ActInput): Promise<ActAnswer> {
  const incident = (await readIncident(bot.access, { id })).name;
  return documentOf(bot, { kind: 'report', incident }, input);
}

export async function timelineOfIncident(bot: BotContext, id: string, input: ActInput): Promise<ActAnswer> {
  return timelineOf(bot, { incident: (await readIncident(bot.access, { id })).name }, input);
}

async function open(bot: BotContext, title: string, input: ActInput): Promise<ActAnswer> {
  if (input.place.makesNoChannels === true) return link(bot, title, input);
  const incident = await openIncident(bot.access, {
    by: input.by,
    platform: input.place.platform,
    title,
    idempotencyKey: keyOf(input),
  });
  return say('good', texts().incidents.answers.opened(named(incident)));
}

async function link(bot: BotContext, title: string, input: ActInput): Promise<ActAnswer> {
  if (input.place.isPrivate) throw inPrivate();
  const incident = await linkIncident(bot.access, {
    by: input.by,
    at: input.place,
    title,
    idempotencyKey: keyOf(input),
  });
  return say('good', texts().incidents.answers.linked(named(incident)));
}

async function close(bot: BotContext, id: string, input: ActInput): Promise<ActAnswer> {
  const incident = await closeIncident(bot.access, { by: input.by, id });
  const { closed, closedWithChannel } = texts().incidents.answers;
  return say('good', (incident.ownChannel ? closedWithChannel : closed)(named(incident)));
}

/** As its answers name it. */
function named({ id, name }: IncidentView): { readonly id: string; readonly channel: string } {
  return { id, channel: `#${name}` };
}

async function incidentHere(bot: BotContext, { place }: ActInput): Promise<IncidentView> {
  const incident = place.isPrivate ? null : await openIncidentIn(bot.access, place);
  if (incident !== null) return incident;
  throw new AppError('not_found', texts().incidents.problems.noneHere);
}

async function incidentNameHere({ access }: BotContext, { place }: ActInput): Promise<string | null> {
  return place.isPrivate ? null : incidentNameOf(access, place);
}

function inPrivate(): AppError {
  return new AppError('invalid_input', texts().incidents.problems.inPrivate);
}

function keyOf({ place, key }: ActInput): string {
  return `${place.platform}:${key}`;
}
