/** Whether a session's recording is sealed, by a look at the end of its file. */
import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { isSignedBy, parseCheckpoint } from '../checkpoint.ts';
import { CHECKPOINT_BODY_BYTES, FRAME_HEADER_BYTES, parseFrame } from '../frame.ts';
import type { RecordingKeys } from '../keys.ts';
import { isSystemError, recordingPath, releasedPath } from '../layout.ts';
import { keysOf } from '../public-key.ts';
import { readUploadLog } from '../storage/upload-log.ts';

const SEAL_BYTES = FRAME_HEADER_BYTES + CHECKPOINT_BODY_BYTES;

/**
 * True when the file ends in a checkpoint that seals it and that we signed for this session: its journal is of
 * no use to it. False, too, when that cannot be told.
 */
export function isSealed(input: { directory: string; keys: RecordingKeys; sessionId: string }): boolean {
  const { directory, keys, sessionId } = input;
  const end = endOf(recordingPath(directory, sessionId));
  if (end === null) return false;
  const parsed = parseFrame(end, { at: 0, offset: 0 });
  if (parsed.kind !== 'frame' || parsed.frame.type !== 'checkpoint') return false;
  const checkpoint = parseCheckpoint(parsed.frame);
  if (checkpoint === null || checkpoint.kind === 'interval') return false;
  const { frame } = parsed;
  return keysOf(keys.trusted).some(({ key }) => isSignedBy(key, { sessionId, frame }));
}

/** True when its operator has given it up, by renaming its file. */
function isReleased(input: { directory: string; sessionId: string }): boolean {
  const path = recordingPath(input.directory, input.sessionId);
  return !existsSync(path) && existsSync(releasedPath(path));
}

/** True when all of it is in object storage and its file here was removed. */
function isStored(input: { directory: string; sessionId: string }): boolean {
  const path = recordingPath(input.directory, input.sessionId);
  return !existsSync(path) && readUploadLog(path).stored !== null;
}

/** Every one of them is sealed, or given up. */
export function areSealed(input: {
  directory: string;
  keys: RecordingKeys;
  sessionIds: Iterable<string>;
}): boolean {
  for (const sessionId of input.sessionIds) {
    const session = { ...input, sessionId };
    if (!isSealed(session) && !isReleased(session) && !isStored(session)) return false;
  }
  return true;
}

/** True when the file is empty or gone: recovery can do nothing for it. False when that cannot be told. */
export function hasNothingToSeal(input: { directory: string; sessionId: string }): boolean {
  try {
    return statSync(recordingPath(input.directory, input.sessionId)).size === 0;
  } catch (error) {
    return isSystemError(error, 'ENOENT');
  }
}

/** Null when there is no file, or a smaller one, or it cannot be read. */
function endOf(path: string): Buffer | null {
  let fd: number | null = null;
  try {
    fd = openSync(path, 'r');
    const from = fstatSync(fd).size - SEAL_BYTES;
    if (from < 0) return null;
    const end = Buffer.alloc(SEAL_BYTES);
    return readSync(fd, end, 0, SEAL_BYTES, from) === SEAL_BYTES ? end : null;
  } catch {
    return null;
  } finally {
    if (fd !== null) closeSync(fd);
  }
}
