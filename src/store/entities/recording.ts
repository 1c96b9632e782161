import { defineEntity, p } from '@mikro-orm/core';
import { IdentityRow } from './identity.ts';
import { SessionRow } from './session.ts';

/** Where a session's recording is beside the disk it was written to, and whether it still is. */
export const RecordingSchema = defineEntity({
  name: 'RecordingRow',
  tableName: 'recording',
  properties: {
    session: () => p.oneToOne(SessionRow).primary(),
    /** The process that sends it to object storage. */
    claimedBy: p.text().nullable(),
    claimedUntil: p.datetime().nullable(),
    /** All of it is in object storage, and was compared with what was written. */
    storedAt: p.datetime().nullable(),
    bytes: p.bigint('number').nullable(),
    /** Hex, of the whole file. */
    sha256: p.text().nullable(),
    objectKey: p.text().nullable(),
    objectVersion: p.text().nullable(),
    /** From then on nobody reads it; its files go afterwards. */
    deletedAt: p.datetime().nullable(),
    deletedBecause: p.text().nullable(),
    objectRemovedAt: p.datetime().nullable(),
    removalProblem: p.text().nullable(),
    nextRemovalAt: p.datetime().nullable(),
  },
});
export class RecordingRow extends RecordingSchema.class {}
RecordingSchema.setClass(RecordingRow);

/** Recordings of a session, or of an incident, that are kept whatever the retention says. */
export const RecordingHoldSchema = defineEntity({
  name: 'RecordingHoldRow',
  tableName: 'recording_hold',
  properties: {
    id: p.text().primary(),
    session: () => p.manyToOne(SessionRow).nullable(),
    /** Its name, as requests carry it. */
    incident: p.text().nullable(),
    because: p.text(),
    placedAt: p.datetime(),
    placedBy: () => p.manyToOne(IdentityRow),
    releasedAt: p.datetime().nullable(),
    releasedBy: () => p.manyToOne(IdentityRow).nullable(),
    releasedBecause: p.text().nullable(),
  },
});
export class RecordingHoldRow extends RecordingHoldSchema.class {}
RecordingHoldSchema.setClass(RecordingHoldRow);
