import type { StoredChatMessage } from '../../access/web-chat.ts';
import { readStoredCard } from './stored-card.ts';
import type { ChatMessage } from './wire.ts';

/** A stored message as the page gets it. */
export function toWireMessage(message: StoredChatMessage): ChatMessage {
  return {
    id: message.id,
    channel: message.channel,
    threadOf: message.threadOf,
    author: message.author,
    text: message.text,
    card: readStoredCard(message.card),
    createdAt: message.createdAt.toISOString(),
    editedAt: message.editedAt?.toISOString() ?? null,
  };
}
