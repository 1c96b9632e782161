import { defineEntity, p } from '@mikro-orm/core';
import { SINK_LETTER_STATES } from '../../core/sink.ts';
import { IdentityRow } from './identity.ts';

/** How far one receiver of the audit log has come. */
export const SinkSchema = defineEntity({
  name: 'SinkRow',
  tableName: 'sink',
  properties: {
    name: p.text().primary(),
    kind: p.text(),
    /** The sequence of the last event that was delivered, or put aside. It never goes back. */
    cursor: p.bigint('number'),
    /** Where the batch ends that is being delivered: one that is tried again is the same one. */
    batchTo: p.bigint('number').nullable(),
    sent: p.bigint('number'),
    lastSentAt: p.datetime().nullable(),
    /** In a row. */
    failures: p.integer(),
    /** Events that were put aside since the last that was taken. */
    refusedInRow: p.integer(),
    lastError: p.text().nullable(),
    lastErrorAt: p.datetime().nullable(),
    pausedAt: p.datetime().nullable(),
    pausedBy: () => p.manyToOne(IdentityRow).nullable(),
    pausedBecause: p.text().nullable(),
    /** Who delivers now: one process at a time, until `leasedUntil`. */
    holder: p.text().nullable(),
    leasedUntil: p.datetime().nullable(),
    createdAt: p.datetime(),
  },
});
export class SinkRow extends SinkSchema.class {}
SinkSchema.setClass(SinkRow);

/** An event that a receiver will not take. The event itself stands in the log. */
export const SinkLetterSchema = defineEntity({
  name: 'SinkLetterRow',
  tableName: 'sink_letter',
  properties: {
    sink: p.text().primary(),
    sequence: p.bigint('number').primary(),
    state: p.enum(SINK_LETTER_STATES),
    attempts: p.integer(),
    reason: p.text(),
    failedAt: p.datetime(),
    settledAt: p.datetime().nullable(),
    settledBy: () => p.manyToOne(IdentityRow).nullable(),
  },
});
export class SinkLetterRow extends SinkLetterSchema.class {}
SinkLetterSchema.setClass(SinkLetterRow);

/** One event that somebody wants to be sent now, past the log. */
export const SinkTestSchema = defineEntity({
  name: 'SinkTestRow',
  tableName: 'sink_test',
  properties: {
    id: p.text().primary(),
    sink: p.text(),
    askedBy: () => p.manyToOne(IdentityRow),
    askedAt: p.datetime(),
    /** By a process that sends. */
    takenAt: p.datetime().nullable(),
    doneAt: p.datetime().nullable(),
    tookMs: p.integer().nullable(),
    /** Why it was not delivered; null when it was. */
    problem: p.text().nullable(),
  },
});
export class SinkTestRow extends SinkTestSchema.class {}
SinkTestSchema.setClass(SinkTestRow);
