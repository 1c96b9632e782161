import { defineEntity, p } from '@mikro-orm/core';

export const EventSchema = defineEntity({
  name: 'EventRow',
  tableName: 'event',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    at: p.datetime(),
    type: p.text(),
    actorId: p.text().nullable(),
    subject: p.text(),
    data: p.json<Record<string, unknown>>(),
    /** Its place in the one chained sequence; null until the chainer has passed. */
    sequence: p.bigint('number').nullable(),
    sha256: p.text().nullable(),
  },
});
export class EventRow extends EventSchema.class {}
EventSchema.setClass(EventRow);

export const OutboxSchema = defineEntity({
  name: 'OutboxRow',
  tableName: 'outbox',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    job: p.text(),
    payload: p.json<Record<string, string>>(),
    runAt: p.datetime(),
    createdAt: p.datetime(),
  },
});
export class OutboxRow extends OutboxSchema.class {}
OutboxSchema.setClass(OutboxRow);
