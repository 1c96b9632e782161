import { defineEntity, p } from '@mikro-orm/core';
import { IdentityRow } from './identity.ts';

/** An incident that was opened from chat, or a channel that was declared to be one's. */
export const IncidentSchema = defineEntity({
  name: 'IncidentRow',
  tableName: 'incident',
  properties: {
    id: p.text().primary(),
    /** That of its channel: what requests carry. */
    name: p.text(),
    platform: p.text(),
    /** Null until it was made. */
    channel: p.text().nullable(),
    /** True for a channel that we made, and so may close. */
    ownChannel: p.boolean(),
    title: p.text(),
    state: p.enum(['open', 'closed']),
    openedBy: () => p.manyToOne(IdentityRow),
    openedAt: p.datetime(),
    closedBy: () => p.manyToOne(IdentityRow).nullable(),
    closedAt: p.datetime().nullable(),
    /** When what follows from closing it was done. */
    settledAt: p.datetime().nullable(),
    idempotencyKey: p.text().nullable(),
  },
});
export class IncidentRow extends IncidentSchema.class {}
IncidentSchema.setClass(IncidentRow);
