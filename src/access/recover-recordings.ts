import { lockRecordings } from '../store/operations/recording-locks.ts';
import type { AccessContext } from './context.ts';
import type { RecordingRecovery, RecoveryOutcomes } from './ports.ts';

/**
 * Seals recordings that were left, each in one process at a time: between a look at a file and the seal behind it
 * nobody else may come. The lock ends with its holder, however that ends.
 * @returns nothing about those that another process has just now
 */
export async function recoverRecordings(
  context: AccessContext,
  input: { sessionIds: readonly string[]; recovery: RecordingRecovery },
): Promise<RecoveryOutcomes> {
  return context.store.transaction(async (db) => {
    const free = await lockRecordings(db, input);
    return free.length === 0 ? new Map() : input.recovery.recover(free);
  });
}
