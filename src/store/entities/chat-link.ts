import { defineEntity, p } from '@mikro-orm/core';
import { IdentityRow } from './identity.ts';

/** A chat account that waits to be linked: what was asked for in chat, and who opened the page. */
export const ChatLinkNonceSchema = defineEntity({
  name: 'ChatLinkNonceRow',
  tableName: 'chat_link_nonce',
  properties: {
    /** Hex SHA-256 of what stands in the link. */
    idSha256: p.text().primary(),
    platform: p.text(),
    tenant: p.text(),
    account: p.text(),
    enterprise: p.text().nullable(),
    accountName: p.text(),
    tenantName: p.text(),
    createdAt: p.datetime(),
    expiresAt: p.datetime(),
    /** Who opened the page, signed in: nobody else can finish. */
    identity: () => p.manyToOne(IdentityRow).nullable(),
    openedAt: p.datetime().nullable(),
    /** Hex SHA-256 of the link's hash and the code that the account was shown last. */
    codeSha256: p.text().nullable(),
    codeAttempts: p.integer(),
    usedAt: p.datetime().nullable(),
  },
});
export class ChatLinkNonceRow extends ChatLinkNonceSchema.class {}
ChatLinkNonceSchema.setClass(ChatLinkNonceRow);

/** That an account was linked or unlinked: what those it concerns are told. */
export const ChatAccountChangeSchema = defineEntity({
  name: 'ChatAccountChangeRow',
  tableName: 'chat_account_change',
  properties: {
    id: p.text().primary(),
    kind: p.enum(['linked', 'unlinked']),
    platform: p.text(),
    tenant: p.text(),
    account: p.text(),
    enterprise: p.text().nullable(),
    accountName: p.text(),
    tenantName: p.text(),
    /** Whose it is from then on; of one that was unlinked, whose it was. */
    identity: () => p.manyToOne(IdentityRow),
    /** Whose it was before it was linked to somebody else. */
    previousIdentity: () => p.manyToOne(IdentityRow).nullable(),
    by: () => p.manyToOne(IdentityRow),
    at: p.datetime(),
  },
});
export class ChatAccountChangeRow extends ChatAccountChangeSchema.class {}
ChatAccountChangeSchema.setClass(ChatAccountChangeRow);
