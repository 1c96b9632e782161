import { defineEntity, p } from '@mikro-orm/core';

const KINDS = ['personal', 'channel', 'group'] as const;

/** A conversation that the bot of Teams can write to. */
export const TeamsConversationSchema = defineEntity({
  name: 'TeamsConversationRow',
  tableName: 'teams_conversation',
  properties: {
    /** Without the message that begins a thread. */
    id: p.text().primary(),
    serviceUrl: p.text(),
    tenant: p.text(),
    kind: p.enum(KINDS),
    /** Of a channel. */
    team: p.text().nullable(),
    teamName: p.text().nullable(),
    channelName: p.text().nullable(),
    /** Of a personal one: the object id of its person. */
    account: p.text().nullable(),
    seenAt: p.datetime(),
    /** Since when Teams refuses what we write there. */
    blockedAt: p.datetime().nullable(),
  },
});
export class TeamsConversationRow extends TeamsConversationSchema.class {}
TeamsConversationSchema.setClass(TeamsConversationRow);

/** What the bot calls an account: cards are refreshed by this name. */
export const TeamsAccountSchema = defineEntity({
  name: 'TeamsAccountRow',
  tableName: 'teams_account',
  properties: {
    tenant: p.text().primary(),
    /** The object id. */
    account: p.text().primary(),
    /** `29:…` */
    userId: p.text(),
    serviceUrl: p.text(),
    seenAt: p.datetime(),
  },
});
export class TeamsAccountRow extends TeamsAccountSchema.class {}
TeamsAccountSchema.setClass(TeamsAccountRow);
