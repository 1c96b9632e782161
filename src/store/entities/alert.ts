import { defineEntity, p } from '@mikro-orm/core';
import { ALERT_KINDS } from '../../core/alert.ts';

/** One message of alerts of one kind about one thing, and how often it happened while it counts. */
export const AlertSchema = defineEntity({
  name: 'AlertRow',
  tableName: 'alert',
  properties: {
    id: p.text().primary(),
    kind: p.enum(ALERT_KINDS),
    groupKey: p.text(),
    /** Of the last of them. */
    facts: p.json<Record<string, string>>(),
    count: p.bigint('number'),
    firstAt: p.datetime(),
    lastAt: p.datetime(),
    /** What comes later is another message. */
    groupedUntil: p.datetime(),
    /** When its message is to show what was counted by then. */
    refreshAt: p.datetime(),
  },
});
export class AlertRow extends AlertSchema.class {}
AlertSchema.setClass(AlertRow);
