import { defineEntity, p } from '@mikro-orm/core';

/** Something that a chat platform has sent: a redelivery has the same key. */
export const ChatDeliverySchema = defineEntity({
  name: 'ChatDeliveryRow',
  tableName: 'chat_delivery',
  properties: {
    platform: p.text().primary(),
    key: p.text().primary(),
    at: p.datetime(),
  },
});
export class ChatDeliveryRow extends ChatDeliverySchema.class {}
ChatDeliverySchema.setClass(ChatDeliveryRow);
