/** Who acts on Slack, and where. */

import { type Actors, createActors } from '../actors.ts';
import type { ActPlace } from '../acts/act.ts';
import type { BotContext } from '../bot-context.ts';
import type { ChatPlatform } from '../platform.ts';
import type { SlackIdentities } from './identity.ts';
import { withAccounts } from './people.ts';
import type { Scene } from './scene.ts';

type Channels = Pick<ChatPlatform, 'name' | 'nameOf' | 'resolveChannel'>;

export function createSlackActors(options: {
  readonly bot: BotContext;
  readonly identities: SlackIdentities;
  readonly platform: Channels;
}): Actors<Scene> {
  const { bot, identities, platform } = options;
  return createActors<Scene>(bot, {
    platform: platform.name,
    accountOf: ({ sender }) => identities.accountOf(sender),
    personOf: identities.personOf,
    placeOf: ({ channel }) => placeOf(platform, channel),
    idIn: ({ sender }) => sender.user,
    finish: async (answer) =>
      answer.form === null ? answer : { ...answer, form: await withAccounts(bot, answer.form) },
  });
}

/**
 * What is asked for between two people, nowhere, in a channel that we do not see or that other organisations read is
 * asked for in private: its cards go where approvers see them.
 */
async function placeOf(platform: Channels, channel: string | null): Promise<ActPlace> {
  const isOurs =
    channel !== null && !channel.startsWith('D') && (await platform.resolveChannel(channel)) !== null;
  if (!isOurs) return { platform: platform.name, channel: channel ?? '', channelName: '', isPrivate: true };
  const channelName = await platform.nameOf(channel);
  return { platform: platform.name, channel, channelName, isPrivate: false };
}
