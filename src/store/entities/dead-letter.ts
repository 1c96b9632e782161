import { defineEntity, p } from '@mikro-orm/core';
import { DEAD_LETTER_STATES } from '../../core/dead-letter.ts';
import { IdentityRow } from './identity.ts';

/** A job that gave up. */
export const DeadLetterSchema = defineEntity({
  name: 'DeadLetterRow',
  tableName: 'dead_letter',
  properties: {
    /** The job's id in the queue. */
    id: p.text().primary(),
    job: p.text(),
    payload: p.json<Record<string, string>>(),
    attempts: p.integer(),
    reason: p.text(),
    askedAt: p.datetime(),
    failedAt: p.datetime(),
    state: p.enum(DEAD_LETTER_STATES),
    decidedAt: p.datetime().nullable(),
    decidedBy: () => p.manyToOne(IdentityRow).nullable(),
  },
});
export class DeadLetterRow extends DeadLetterSchema.class {}
DeadLetterSchema.setClass(DeadLetterRow);
