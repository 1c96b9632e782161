import type { RecordingKeys } from '../keys.ts';
import { recordingPath } from '../layout.ts';
import { isFile } from './files.ts';

/** Where recordings are read from, and what opens them. */
export interface RecordingFiles {
  readonly directory: string;
  readonly keys: RecordingKeys;
  /** Finds it in object storage, too: see `RecordingStorage.locate`. Left out, only the directory is looked at. */
  readonly locate?: (sessionId: string) => Promise<string | null>;
}

/**
 * The file of a session's recording, to be opened at once.
 * @returns null when there is none
 * @throws AppError `unavailable` when the object storage does not give it
 */
export async function findRecording(files: RecordingFiles, sessionId: string): Promise<string | null> {
  if (files.locate !== undefined) return files.locate(sessionId);
  const path = recordingPath(files.directory, sessionId);
  return (await isFile(path)) ? path : null;
}
