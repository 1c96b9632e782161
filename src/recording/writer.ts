/** Begins the recording of a session. */
import { isAppError } from '../core/errors.ts';
import { requireDiskRoom } from './disk-room.ts';
import type { SessionFacts } from './events.ts';
import { recordingFailure } from './failure.ts';
import type { Journal } from './journal/journal.ts';
import { prepareRecordingDirectory, recordingPath } from './layout.ts';
import type { Recorder } from './recorder.ts';
import { SessionRecorder } from './session-recorder.ts';

/**
 * Creates the file (mode 0600, never an existing one) in the journal's directory and writes header, `start` event
 * and a first checkpoint. Design section 8.
 * @throws AppError `recording_failed` when it cannot be created, the disk is full, or too much waits for object storage
 *   already; `invalid_input` for a session id that cannot be
 */
export function openRecording(input: { journal: Journal; facts: SessionFacts }): Recorder {
  const { journal, facts } = input;
  const path = recordingPath(journal.directory, facts.sessionId);
  journal.requireRoom();
  try {
    prepareRecordingDirectory({
      directory: journal.directory,
      publicKeyPem: journal.keys.publicKeyPem,
    });
    requireDiskRoom(journal.directory);
    return new SessionRecorder({ journal, facts, path });
  } catch (error) {
    throw isAppError(error, 'recording_failed') ? error : recordingFailure(facts.sessionId, error);
  }
}
