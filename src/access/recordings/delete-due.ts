/**
 * Deletes what `recording.retention` lets go. That a recording is deleted is written down first, in one transaction
 * with its event; from then on nobody reads it, and its files go afterwards: each server removes its own, and what is
 * in object storage is removed here, again and again until it is gone.
 */
import { after } from '../../core/clock.ts';
import { formatDuration } from '../../core/duration.ts';
import { isAppError, messageOf } from '../../core/errors.ts';
import {
  type DueRecording,
  listObjectsToRemove,
  listRecordingsDue,
  lockRecordingHolds,
  markRecordingsDeleted,
  noteObjectRemoval,
} from '../../store/operations/recording-holds.ts';
import { deleteSearchEntries } from '../../store/operations/search-entries.ts';
import type { AccessContext } from '../context.ts';
import type { RecordingObjects } from '../ports.ts';
import { askForJob, recordEvent } from '../record.ts';

/** In one transaction; the next turn goes on. */
const DUE_MAX = 200;
const OBJECTS_MAX = 50;
const RETRY_MS = 600_000;
/** An object that is locked stays so for days. */
const LOCKED_RETRY_MS = 24 * 3_600_000;

/** @returns how many were deleted */
export async function deleteDueRecordings(context: AccessContext): Promise<number> {
  const { retention } = context.policy.current().document.recording;
  if (retention.length === 0) return 0;
  const now = context.clock.now();
  return context.store.transaction(async (db) => {
    // Whoever puts one on hold comes before this, or finds it deleted.
    await lockRecordingHolds(db);
    const due = await listRecordingsDue(db, { rules: retention, now, limit: DUE_MAX });
    if (due.length === 0) return 0;
    const recordings = due.map((one) => ({ ...one, because: becauseOf(one) }));
    const deleted = new Set(await markRecordingsDeleted(db, { recordings, at: now }));
    for (const { sessionId, head, bytes, because } of recordings) {
      if (!deleted.has(sessionId)) continue;
      await recordEvent(db, {
        at: now,
        type: 'recording.deleted',
        actorId: null,
        subject: sessionId,
        data: { sessionId, head, bytes, reason: because, by: 'retention' },
      });
      await askForJob(db, { job: 'sync-card', payload: { subject: 'session', id: sessionId } }, { now });
    }
    await deleteSearchEntries(db, { sessionIds: [...deleted] });
    return deleted.size;
  });
}

function becauseOf({ keepMs }: DueRecording): string {
  return `it was kept for ${formatDuration(keepMs)}, as the policy says`;
}

/** @returns what could not be removed, each with the reason; it is tried again */
export async function removeDeletedObjects(
  context: AccessContext,
  input: { objects: RecordingObjects },
): Promise<{ sessionId: string; reason: string }[]> {
  const failures: { sessionId: string; reason: string }[] = [];
  const db = context.store.read();
  const due = await listObjectsToRemove(db, { now: context.clock.now(), limit: OBJECTS_MAX });
  for (const { sessionId, key, version } of due) {
    const at = context.clock.now();
    try {
      await input.objects.removeObject({ key, version });
      await noteObjectRemoval(db, { sessionId, at, problem: null, nextAt: at });
    } catch (error) {
      const reason = messageOf(error);
      failures.push({ sessionId, reason });
      const waitMs = isAppError(error, 'conflict') ? LOCKED_RETRY_MS : RETRY_MS;
      await noteObjectRemoval(db, { sessionId, at, problem: reason, nextAt: after(at, waitMs) });
    }
  }
  return failures;
}
