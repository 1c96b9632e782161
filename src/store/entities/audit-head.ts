import { defineEntity, p } from '@mikro-orm/core';

/** A signed head of the audit log. */
export const AuditHeadSchema = defineEntity({
  name: 'AuditHeadRow',
  tableName: 'audit_head',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    /** Of the last event that it covers. */
    sequence: p.bigint('number'),
    /** That event's hash. */
    sha256: p.text(),
    at: p.datetime(),
    /** The day (UTC) whose head it is, which is posted; null for those in between. */
    day: p.date().nullable(),
    signingKeySha256: p.text(),
    /** Ed25519, hex. */
    signature: p.text(),
    postedAt: p.datetime().nullable(),
  },
});
export class AuditHeadRow extends AuditHeadSchema.class {}
AuditHeadSchema.setClass(AuditHeadRow);
