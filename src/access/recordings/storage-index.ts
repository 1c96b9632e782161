/** Where recordings are, as the database knows it, for the process beside whose disk they are. */
import { after } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { RecordingRow } from '../../store/entities/recording.ts';
import {
  claimRecordings,
  findRecordings,
  listDeletedSince,
  listUnsealedAmong,
  noteRecordingStored,
  releaseRecordings,
  sessionsOfRecordings,
} from '../../store/operations/recordings.ts';
import type { AccessContext } from '../context.ts';
import type { RecordingRecovery } from '../ports.ts';
import { sealRecordingsOf } from '../run-session.ts';

/** As many as are looked at in one round of a process. */
const DELETED_MAX = 100_000;
/** A broker that seals its recording itself may take so long after the end was noted. */
const SEALED_WITHIN_MS = 10_000;

export interface StoredObjectFacts {
  readonly key: string;
  readonly version: string | null;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

export interface RecordingFacts {
  readonly stored: StoredObjectFacts | null;
  readonly deletedAt: Date | null;
  readonly inUse: boolean;
}

/** @param input.replica names the process that sends */
export function createStorageIndex(
  context: AccessContext,
  input: { replica: string; recovery: () => RecordingRecovery | null },
) {
  const { replica } = input;
  return {
    claim: async (sessionIds: readonly string[], forMs: number) => {
      const now = context.clock.now();
      return context.store.transaction(async (db) => {
        const ids = await claimRecordings(db, { sessionIds, by: replica, now, until: after(now, forMs) });
        const sessions = await sessionsOfRecordings(db, { sessionIds: ids });
        return sessions.map(({ id, recordingHead }) => ({ sessionId: id, headHex: recordingHead }));
      });
    },
    release: () => releaseRecordings(context.store.read(), { by: replica }),
    noteStored: (sessionId: string, object: StoredObjectFacts) =>
      noteRecordingStored(context.store.read(), {
        sessionId,
        at: context.clock.now(),
        bytes: object.bytes,
        sha256: object.sha256,
        objectKey: object.key,
        objectVersion: object.version,
      }),
    find: async (sessionIds: readonly string[]): Promise<ReadonlyMap<string, RecordingFacts>> => {
      if (sessionIds.length === 0) return new Map();
      const db = context.store.read();
      const rows = await findRecordings(db, { sessionIds });
      const sessions = await sessionsOfRecordings(db, { sessionIds });
      const running = new Set(sessions.filter(({ ended }) => !ended).map(({ id }) => id));
      const now = context.clock.now();
      return new Map(
        rows.map((row): [string, RecordingFacts] => [
          row.session.id,
          { ...factsOf(row), inUse: isClaimed(row, now) || running.has(row.session.id) },
        ]),
      );
    },
    deletedSince: (since: Date) => listDeletedSince(context.store.read(), { since, limit: DELETED_MAX }),
    sealLeft: async (sessionIds: readonly string[]): Promise<void> => {
      const recovery = input.recovery();
      if (recovery === null) return;
      const endedBefore = after(context.clock.now(), -SEALED_WITHIN_MS);
      const left = await listUnsealedAmong(context.store.read(), { sessionIds, endedBefore });
      const [failure] = await sealRecordingsOf(context, { sessionIds: left, recovery });
      if (failure !== undefined) throw new AppError('recording_failed', failure.reason);
    },
  };
}

function factsOf(row: RecordingRow): Omit<RecordingFacts, 'inUse'> {
  const { objectKey, sha256, bytes } = row;
  const stored =
    objectKey == null || sha256 == null || bytes == null
      ? null
      : { key: objectKey, version: row.objectVersion ?? null, bytes, sha256 };
  return { stored, deletedAt: row.deletedAt ?? null };
}

function isClaimed({ claimedUntil }: RecordingRow, now: Date): boolean {
  return claimedUntil != null && claimedUntil > now;
}
