import { defineEntity, p } from '@mikro-orm/core';

/** One message of ours on a platform that keeps its messages itself. */
export const ChatPostingSchema = defineEntity({
  name: 'ChatPostingRow',
  tableName: 'chat_posting',
  properties: {
    platform: p.text().primary(),
    key: p.text().primary(),
    channel: p.text(),
    threadRef: p.text().nullable(),
    /** The platform's name of the message; null until it has confirmed it. */
    ref: p.text().nullable(),
    /** What the platform has of it before it shows: an upload that nobody has shared yet. */
    draft: p.text().nullable(),
    /** When it was sent for the first time with an outcome that nobody knows; null when it surely is not there. */
    attemptedAt: p.datetime().nullable(),
    /** Until then whoever claimed it is at it. */
    claimedUntil: p.datetime(),
    createdAt: p.datetime(),
  },
});
export class ChatPostingRow extends ChatPostingSchema.class {}
ChatPostingSchema.setClass(ChatPostingRow);

/** When the next message may go down a lane: a channel, or one of the platform's methods. */
export const ChatPaceSchema = defineEntity({
  name: 'ChatPaceRow',
  tableName: 'chat_pace',
  properties: {
    platform: p.text().primary(),
    lane: p.text().primary(),
    nextAt: p.datetime(),
    /** The last of the places that whoever came too early was told to come back for. */
    promisedAt: p.datetime().nullable(),
  },
});
class ChatPaceRow extends ChatPaceSchema.class {}
ChatPaceSchema.setClass(ChatPaceRow);
