import { defineEntity, p } from '@mikro-orm/core';

export const CardCopySchema = defineEntity({
  name: 'CardCopyRow',
  tableName: 'card_copy',
  properties: {
    subject: p
      .enum([
        'request',
        'reminder',
        'escalation',
        'closing',
        'delegation',
        'grant',
        'session',
        'hold',
        'review',
        'review-reminder',
        'policy-change',
        'freeze',
        'chat-account-change',
        'incident',
        'alert',
      ])
      .primary(),
    subjectId: p.text().primary(),
    platform: p.text().primary(),
    channel: p.text().primary(),
    ref: p.text(),
    threadRef: p.text().nullable(),
    renderedSha256: p.text(),
    /** When the copy was last known to show the subject's state. */
    currentAt: p.datetime(),
  },
});
export class CardCopyRow extends CardCopySchema.class {}
CardCopySchema.setClass(CardCopyRow);

export const ChatMessageSchema = defineEntity({
  name: 'ChatMessageRow',
  tableName: 'chat_message',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    key: p.text().unique(),
    channel: p.text(),
    threadOf: p.bigint('string').nullable(),
    audienceId: p.text().nullable(),
    author: p.json<{ id: string; name: string }>().nullable(),
    text: p.text(),
    card: p.json<unknown>().nullable(),
    createdAt: p.datetime(),
    editedAt: p.datetime().nullable(),
  },
});
export class ChatMessageRow extends ChatMessageSchema.class {}
ChatMessageSchema.setClass(ChatMessageRow);
