/** What Teams sends to a bot, as it sends it. */
import { randomUUID } from 'node:crypto';
import { TENANT } from './authority.ts';
import type { Json, Member } from './connector.ts';
import { BOT, TEAM, type TeamsTenant } from './tenant.ts';

/** Where somebody is: in a channel, by its name, or in the personal chat with the app. */
export type Where = { readonly channel: string; readonly thread?: string } | 'personal';

export interface Scene {
  readonly tenant: TeamsTenant;
  readonly member: Member;
  readonly name: string;
}

/** What every activity has. */
export function activityIn(scene: Scene, where: Where, more: Json): Json {
  const { tenant, member } = scene;
  const { aadObjectId } = member;
  return {
    id: `f:${randomUUID()}`,
    channelId: 'msteams',
    serviceUrl: tenant.serviceUrl,
    timestamp: new Date().toISOString(),
    localTimestamp: new Date().toISOString(),
    from: { id: member.id, name: member.name, ...(aadObjectId === undefined ? {} : { aadObjectId }) },
    recipient: BOT,
    ...placeOf(scene, where),
    ...more,
  };
}

/** A message: in a channel it mentions the app, or Teams would not send it. */
export function messageFrom(scene: Scene, where: Where, text: string): Json {
  const mention = { type: 'mention', mentioned: BOT, text: `<at>${BOT.name}</at>` };
  const isPersonal = where === 'personal';
  return activityIn(scene, where, {
    type: 'message',
    textFormat: 'plain',
    locale: 'en-US',
    text: isPersonal ? text : `<at>${BOT.name}</at> ${text}\n`,
    attachments: [{ contentType: 'text/html', content: '<div><div>as it was typed</div></div>' }],
    entities: [
      ...(isPersonal ? [] : [mention]),
      { type: 'clientInfo', locale: 'en-US', country: 'US', platform: 'Web', timezone: 'Europe/Berlin' },
    ],
  });
}

/** @param options.on the message whose button it was; `name` as `adaptiveCard/action` */
export function invokeFrom(
  scene: Scene,
  where: Where,
  options: { readonly name: string; readonly value: Json; readonly on?: string },
): Json {
  const { name, value, on } = options;
  return activityIn(scene, where, {
    type: 'invoke',
    name,
    value,
    locale: 'en-US',
    ...(on === undefined ? {} : { replyToId: on }),
  });
}

/** The app comes to a person or a team, or goes. */
export function installationFrom(scene: Scene, where: Where, action: 'add' | 'remove'): readonly Json[] {
  const roster = action === 'add' ? { membersAdded: [BOT] } : { membersRemoved: [BOT] };
  return [
    activityIn(scene, where, { type: 'conversationUpdate', ...roster }),
    activityIn(scene, where, { type: 'installationUpdate', action }),
  ];
}

function placeOf({ tenant, member, name }: Scene, where: Where): Json {
  const { tenantId } = member;
  if (where === 'personal') {
    const conversation = { id: tenant.personalId(name), conversationType: 'personal', tenantId };
    return { conversation, channelData: { tenant: { id: tenantId } } };
  }
  const channel = tenant.channelId(where.channel);
  const { team = TEAM } = tenant.connector.conversations.get(channel) ?? {};
  // Whoever begins a thread is in it.
  const thread = where.thread ?? tenant.connector.nextMessageId();
  return {
    conversation: {
      id: `${channel};messageid=${thread}`,
      ...{ conversationType: 'channel', isGroup: true, tenantId: TENANT },
    },
    channelData: {
      ...{ teamsChannelId: channel, teamsTeamId: team, tenant: { id: tenantId } },
      // Their names are said when they come or change, and not with every message.
      channel: { id: channel },
      team: { id: team },
    },
  };
}
