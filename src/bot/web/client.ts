/** Our own chat page as a `ChatPlatform`. Its messages are kept with us, so nothing here can be out of reach. */
import { isDeepStrictEqual } from 'node:util';
import { storeChatFile } from '../../access/chat-files.ts';
import type { AccessContext } from '../../access/context.ts';
import { insertChatMessage, updateChatMessage } from '../../access/web-chat.ts';
import { AppError } from '../../core/errors.ts';
import type { ChatPlatform } from '../platform.ts';
import { openChannel, ownerOfChannel, privateChannelName, WEB_PLATFORM } from './channels.ts';
import { fileCard } from './file-card.ts';

export function createWebPlatform(access: AccessContext): ChatPlatform {
  const insert = ({ channel, threadRef, card, key }: Parameters<ChatPlatform['post']>[0]) =>
    insertChatMessage(access, {
      key,
      channel,
      threadOf: threadRef,
      audienceId: ownerOfChannel(channel),
      author: null,
      text: card.fallback,
      card,
    });
  return {
    name: WEB_PLATFORM,
    resolveChannel: async (channel) =>
      (await openChannel(access, channel))?.closed === false ? channel : null,
    nameOf: async (channel) => channel,
    post: async ({ channel, threadRef, card, key }) => {
      const message = await insert({ channel, threadRef, card, key });
      if (!isDeepStrictEqual(message.card, card)) {
        await updateChatMessage(access, { id: message.id, text: card.fallback, card });
      }
      return { ref: message.id };
    },
    update: async ({ ref, card }) => {
      const message = await updateChatMessage(access, { id: ref, text: card.fallback, card });
      if (message === null) throw new AppError('not_found', `The message ${ref} is gone.`);
    },
    privateChannelOf: async (personId) => privateChannelName(personId),
    upload: async ({ channel, threadRef, name, title, bytes, key }) => {
      const id = await storeChatFile(access, { key, channel, name, bytes });
      const card = fileCard({ id, title, name, size: bytes.length }, access.settings);
      const message = await insert({ channel, threadRef, card, key });
      return { ref: message.id };
    },
    // The incident is the channel: it is there once its incident knows its name, and closed with it.
    createChannel: async ({ name }) => {
      if ((await openChannel(access, name)) !== null) {
        throw new AppError('conflict', `There is a channel ${name} already.`);
      }
      return { channel: name, name };
    },
    closeChannel: async () => undefined,
  };
}
