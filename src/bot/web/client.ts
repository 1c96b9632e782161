/** Our own chat page as a `ChatPlatform`. Its messages are kept with us, so nothing here can be out of reach. */
import { isDeepStrictEqual } from 'node:util';
import type { AccessContext } from '../../access/context.ts';
import { insertChatMessage, updateChatMessage } from '../../access/web-chat.ts';
import { AppError } from '../../core/errors.ts';
import type { ChatPlatform } from '../platform.ts';
import { openChannels, ownerOfChannel, privateChannelName } from './channels.ts';

export const WEB_PLATFORM = 'web';

export function createWebPlatform(access: AccessContext): ChatPlatform {
  return {
    name: WEB_PLATFORM,
    resolveChannel: async (channel) => (openChannels(access).includes(channel) ? channel : null),
    nameOf: async (channel) => channel,
    post: async ({ channel, threadRef, card, key }) => {
      const message = await insertChatMessage(access, {
        key,
        channel,
        threadOf: threadRef,
        audienceId: ownerOfChannel(channel),
        author: null,
        text: card.fallback,
        card,
      });
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
  };
}
