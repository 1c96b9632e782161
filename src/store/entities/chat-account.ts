import { defineEntity, p } from '@mikro-orm/core';
import { IdentityRow } from './identity.ts';

/** A chat account that a person acts through. */
export const ChatAccountSchema = defineEntity({
  name: 'ChatAccountRow',
  tableName: 'chat_account',
  properties: {
    platform: p.text().primary(),
    tenant: p.text().primary(),
    account: p.text().primary(),
    enterprise: p.text().nullable(),
    accountName: p.text(),
    tenantName: p.text(),
    identity: () => p.manyToOne(IdentityRow),
    linkedAt: p.datetime(),
  },
});
export class ChatAccountRow extends ChatAccountSchema.class {}
ChatAccountSchema.setClass(ChatAccountRow);
