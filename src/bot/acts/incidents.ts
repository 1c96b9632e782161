/** Incidents from chat: opening one, declaring a channel to be one's, closing it, and its timeline. */
import { askForTimeline } from '../../access/documents.ts';
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
  }
}

export async function closeIncidentOf(bot: BotContext, id: string, input: ActInput): Promise<ActAnswer> {
  return close(bot, id, input);
}

/** `timeline`: posted in the incident's own channel; anywhere else a link for whoever asks. */
export async function timelineOf(
  bot: BotContext,
  command: { readonly incident: string | null },
  input: ActInput,
): Promise<ActAnswer> {
  const { access } = bot;
  const here = await incidentNameHere(bot, input);
  const incident = command.incident ?? here;
  if (incident === null) {
    throw new AppError(
      'invalid_input',
      'This is no channel of an incident. Write: /access timeline INCIDENT',
    );
  }
  if (incident !== here) {
    const why = 'You sign in, and see what you may.';
    const url = timelineUrl(incident, access.settings);
    return say('neutral', '', documentCard({ title: `Timeline of ${incident}`, why, url }));
  }
  const { platform, channel } = input.place;
  await askForTimeline(access, { incident, by: input.by, platform, channel, idempotencyKey: keyOf(input) });
  return say('good', 'The timeline comes as a document in this channel.');
}

export async function timelineOfIncident(bot: BotContext, id: string, input: ActInput): Promise<ActAnswer> {
  return timelineOf(bot, { incident: (await readIncident(bot.access, { id })).name }, input);
}

async function open(bot: BotContext, title: string, input: ActInput): Promise<ActAnswer> {
  const incident = await openIncident(bot.access, {
    by: input.by,
    platform: input.place.platform,
    title,
    idempotencyKey: keyOf(input),
  });
  return say(
    'good',
    `${incident.id} is open. Its channel #${incident.name} is made now; what you ask for there carries its name.`,
  );
}

async function link(bot: BotContext, title: string, input: ActInput): Promise<ActAnswer> {
  if (input.place.isPrivate) throw inPrivate();
  const incident = await linkIncident(bot.access, {
    by: input.by,
    at: input.place,
    title,
    idempotencyKey: keyOf(input),
  });
  return say('good', `${incident.id}: what is asked for in #${incident.name} carries its name from now on.`);
}

async function close(bot: BotContext, id: string, input: ActInput): Promise<ActAnswer> {
  const incident = await closeIncident(bot.access, { by: input.by, id });
  const channel = incident.ownChannel ? ', then its channel is closed' : '';
  return say('good', `${incident.id} is closed. Its timeline is posted in #${incident.name}${channel}.`);
}

async function incidentHere(bot: BotContext, { place }: ActInput): Promise<IncidentView> {
  const incident = place.isPrivate ? null : await openIncidentIn(bot.access, place);
  if (incident !== null) return incident;
  throw new AppError(
    'not_found',
    'No incident was opened in this channel. Write: /access incident open TITLE, or /access incident link',
  );
}

async function incidentNameHere({ access }: BotContext, { place }: ActInput): Promise<string | null> {
  return place.isPrivate ? null : incidentNameOf(access, place);
}

function inPrivate(): AppError {
  return new AppError('invalid_input', 'Nobody else is here. Write this in the channel that it is about.');
}

function keyOf({ place, key }: ActInput): string {
  return `${place.platform}:${key}`;
}
