import type { RecordingRecovery, SealedRecording } from '../../src/access/ports.ts';

/** For deployments without recordings: there is never anything to seal. */
export const NOTHING_RECORDED: RecordingRecovery = recoveryOf(async () => null);

/** @param recover for each session by itself */
export function recoveryOf(
  recover: (sessionId: string) => Promise<SealedRecording | null>,
): RecordingRecovery {
  return {
    recover: async (sessionIds) => {
      const outcomes = await Promise.allSettled(sessionIds.map(recover));
      return new Map(
        sessionIds.flatMap((sessionId, index) => {
          const outcome = outcomes[index];
          return outcome === undefined ? [] : [[sessionId, outcome]];
        }),
      );
    },
  };
}
