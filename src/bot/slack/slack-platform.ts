/** Slack as a `ChatPlatform`. */
import { accountsOf } from '../../access/chat-accounts.ts';
import type { AccessContext } from '../../access/context.ts';
import type { ChatPlatform } from '../platform.ts';
import { createSlackChannels } from './channels.ts';
import type { SlackClient } from './client.ts';
import { shareOnce } from './files.ts';
import { createSlackMessages } from './messages.ts';
import { createPacing } from './pacing.ts';
import { messageOf } from './render/blocks.ts';

export const SLACK_PLATFORM = 'slack';

/** @param options.sleep as for `createPacing` */
export function createSlackPlatform(options: {
  readonly access: AccessContext;
  readonly client: SlackClient;
  readonly sleep: (durationMs: number) => Promise<void>;
}): Required<ChatPlatform> {
  const { access, client, sleep } = options;
  const platform = SLACK_PLATFORM;
  const pacing = createPacing(access, { platform, sleep });
  const channels = createSlackChannels(client, access.clock);
  const context = { access, client, pacing, platform };
  const messages = createSlackMessages(context);
  const accountsOn = async (personId: string): Promise<string[]> =>
    (await accountsOf(access, { platform, personId })).map(({ account }) => account);

  return {
    name: platform,
    countsByEdits: true,
    resolveChannel: channels.resolve,
    nameOf: channels.nameOf,
    post: ({ channel, threadRef, card, key }) =>
      messages.postOnce({ channel, threadRef, key, content: messageOf(card) }),
    update: ({ channel, ref, card, canWait = false }) =>
      messages.edit({ channel, ref, content: messageOf(card), canWait }),
    privateChannelOf: async (personId) => {
      for (const account of await accountsOn(personId)) {
        const channel = await channels.directTo(account);
        if (channel !== null) return channel;
      }
      return null;
    },
    privateChannelOfAccount: async ({ account }) => channels.directTo(account),
    upload: (file) => shareOnce(context, file),
    createChannel: async ({ name, topic, invite }) => {
      const channel = await channels.create({ name, topic });
      const accounts = await Promise.all(invite.map(accountsOn));
      await channels.invite(channel.id, accounts.flat());
      return { channel: channel.id, name: channel.name };
    },
    closeChannel: channels.archive,
  };
}
