import { isOnHold } from '../../store/operations/recording-holds.ts';
import { findRecordings } from '../../store/operations/recordings.ts';
import type { AccessContext } from '../context.ts';

/** Whether there still is a recording, and for how long there must be. */
export interface RecordingStanding {
  /** Null while it is kept. */
  readonly deletedAt: Date | null;
  readonly deletedBecause: string | null;
  /** Somebody in oversight keeps it, or those of its incident. */
  readonly onHold: boolean;
}

/** For whoever may see the session: ask that first. */
export async function readRecordingStanding(
  context: Pick<AccessContext, 'store'>,
  input: { sessionId: string },
): Promise<RecordingStanding> {
  const db = context.store.read();
  const [row] = await findRecordings(db, { sessionIds: [input.sessionId] });
  return {
    deletedAt: row?.deletedAt ?? null,
    deletedBecause: row?.deletedBecause ?? null,
    onHold: await isOnHold(db, input),
  };
}
