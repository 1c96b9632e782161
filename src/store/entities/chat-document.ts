import { defineEntity, p } from '@mikro-orm/core';
import { IdentityRow } from './identity.ts';

/** A document that somebody asked for in chat, and that goes into the thread there. */
export const ChatDocumentSchema = defineEntity({
  name: 'ChatDocumentRow',
  tableName: 'chat_document',
  properties: {
    id: p.text().primary(),
    kind: p.enum(['transcript', 'recording', 'timeline', 'report']),
    /** A session's id, or the name of an incident. */
    subjectId: p.text(),
    platform: p.text(),
    channel: p.text(),
    askedBy: () => p.manyToOne(IdentityRow),
    askedAt: p.datetime(),
    idempotencyKey: p.text(),
    postedAt: p.datetime().nullable(),
  },
});
export class ChatDocumentRow extends ChatDocumentSchema.class {}
ChatDocumentSchema.setClass(ChatDocumentRow);

/** A file on our own chat page: for whoever may read its channel. */
export const ChatFileSchema = defineEntity({
  name: 'ChatFileRow',
  tableName: 'chat_file',
  properties: {
    id: p.text().primary(),
    key: p.text(),
    channel: p.text(),
    name: p.text(),
    bytes: p.blob(),
    createdAt: p.datetime(),
  },
});
export class ChatFileRow extends ChatFileSchema.class {}
ChatFileSchema.setClass(ChatFileRow);
