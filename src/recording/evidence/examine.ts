/**
 * Checks a recording as it is now, and reads what is in it: for a report. Live sessions go on beside it, so the event
 * loop is given back between small slices of the work, and both stop when they are told to.
 */
import { stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { isAppError } from '../../core/errors.ts';
import type { TrustedKey } from '../public-key.ts';
import { readRecording } from '../reader.ts';
import { findRecording, type RecordingFiles } from '../storage/find-recording.ts';
import { type Verification, verifyRecording } from '../verify.ts';
import { EvidenceFold, type SessionEvidence } from './session-evidence.ts';

export interface ExaminedRecording {
  /** Of the file. */
  readonly bytes: number;
  readonly verification: Verification;
  /** Of a damaged recording, as far as it is authentic. */
  readonly evidence: SessionEvidence;
}

/** A slice of work; between two the loop is free. */
const SLICE_MS = 5;

/** The recordings of a directory, by session, and the key that they are checked with. */
export function openExaminer(files: RecordingFiles) {
  return {
    /** What recordings are signed with. */
    get publicKey(): TrustedKey {
      return files.keys.trusted;
    },
    /**
     * @returns null when there is no recording of the session to be reached
     * @throws AppError `unavailable` when it cannot be read; whatever `signal` is aborted with
     */
    examine: async (sessionId: string, signal: AbortSignal): Promise<ExaminedRecording | null> => {
      const path = await findRecording(files, sessionId);
      if (path === null) return null;
      const found = await stat(path).catch(() => null);
      if (found === null) return null;
      signal.throwIfAborted();
      const verification = await verifyRecording({ path, key: files.keys.trusted });
      signal.throwIfAborted();
      const evidence = await readEvidence({ path, keys: files.keys, signal });
      return { bytes: found.size, verification, evidence };
    },
  };
}

async function readEvidence(of: {
  readonly path: string;
  readonly keys: RecordingFiles['keys'];
  readonly signal: AbortSignal;
}): Promise<SessionEvidence> {
  const fold = new EvidenceFold();
  let sliceBeganMs = performance.now();
  try {
    for await (const event of readRecording(of)) {
      fold.take(event);
      if (performance.now() - sliceBeganMs < SLICE_MS) continue;
      await setImmediate();
      of.signal.throwIfAborted();
      sliceBeganMs = performance.now();
    }
  } catch (error) {
    // What was signed with other keys cannot be opened here; that is among what the check has found.
    if (!isAppError(error, 'config_invalid')) throw error;
  }
  return fold.finish();
}
