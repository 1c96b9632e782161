/**
 * Seals a recording whose recorder died. Nothing that was written is destroyed: an incomplete last
 * frame is kept in a file beside the recording, and the signed `recovered` checkpoint names its size
 * and hash. Run it only for a session whose recorder is gone: a living one would append behind the
 * seal. docs/recording-format.md, "Recovery".
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { constants, type FileHandle, open, stat } from 'node:fs/promises';
import { type Clock, systemClock } from '../core/clock.ts';
import { AppError, isAppError, messageOf } from '../core/errors.ts';
import { type AuthenticEnd, authenticatedParts } from './authenticated-frames.ts';
import { syncDirectory } from './background-sync.ts';
import { chainAfter } from './chain.ts';
import { type Checkpoint, encodeCheckpoint, NOTHING_SET_ASIDE } from './checkpoint.ts';
import type { RecordingKeys } from './keys.ts';
import { isSystemError, recordingPath, setAsidePath } from './layout.ts';

export interface Recovery {
  /** Hex chain value over the whole sealed file. */
  readonly headHex: string;
  /** Bytes of an unfinished write that were moved to `….sprec.torn`. */
  readonly setAsideBytes: number;
}

/**
 * Idempotent: of a sealed file it returns the head.
 * @returns null when there is no file, or only the beginning of a header (no event was ever flushed)
 * @throws AppError `recording_failed` when anything but the end of the file is damaged (the file is
 *   left as it was found) or it cannot be written; `conflict` when it grew meanwhile;
 *   `config_invalid` for other keys
 */
export async function recoverRecording(input: {
  directory: string;
  keys: RecordingKeys;
  sessionId: string;
  clock?: Clock;
}): Promise<Recovery | null> {
  const { directory, keys, sessionId, clock = systemClock } = input;
  const path = recordingPath(directory, sessionId);
  const end = await authenticEnd(path, keys);
  if (end === null) return null;
  const fileBytes = (await stat(path)).size;
  if (end.problem === null && fileBytes !== end.offset + end.tornBytes) {
    throw new AppError('conflict', 'The recording is still being written.', { context: { sessionId } });
  }
  if (end.problem !== null && (end.sealedBy !== null || !(await isZeroFrom(path, end.offset)))) {
    throw damaged(sessionId, `${end.problem.message} (byte ${end.problem.offset})`);
  }
  if (end.header === null) return null;
  if (end.header.sessionId !== sessionId)
    throw damaged(sessionId, `it belongs to session ${end.header.sessionId}`);
  if (end.sealedBy !== null) return { headHex: end.chain.toString('hex'), setAsideBytes: end.setAsideBytes };
  try {
    if (fileBytes > end.offset) await moveTail({ path, directory, from: end.offset });
    const setAside = await setAsideFacts(setAsidePath(path));
    const frame = encodeCheckpoint(
      { kind: 'recovered', wallTimeMs: clock.now().getTime(), chain: end.chain, setAside },
      { sessionId, sequence: end.frames, sign: (message) => keys.sign(message) },
    );
    await appendSynced(path, frame);
    return { headHex: chainAfter(end.chain, frame).toString('hex'), setAsideBytes: setAside.bytes };
  } catch (error) {
    throw new AppError('recording_failed', `Sealing the recording failed: ${messageOf(error)}`, {
      cause: error,
      context: { sessionId },
    });
  }
}

async function authenticEnd(path: string, keys: RecordingKeys): Promise<AuthenticEnd | null> {
  try {
    for await (const item of authenticatedParts({ path, keys })) {
      if (item.kind === 'end') return item;
    }
    return null;
  } catch (error) {
    if (isAppError(error, 'not_found')) return null;
    throw error;
  }
}

/** A power cut can leave a file longer than its data: such a tail reads as zeros and holds nothing. */
async function isZeroFrom(path: string, offset: number): Promise<boolean> {
  const stream: AsyncIterable<Buffer> = createReadStream(path, { start: offset });
  for await (const chunk of stream) {
    if (chunk.some((byte) => byte !== 0)) return false;
  }
  return true;
}

/**
 * Copies first, truncates when the copy is on stable storage. A crash in between makes the next run
 * copy again: the file beside then holds the tail twice, which loses nothing.
 */
async function moveTail(input: { path: string; directory: string; from: number }): Promise<void> {
  const aside = await open(setAsidePath(input.path), 'a', 0o600);
  try {
    const tail: AsyncIterable<Buffer> = createReadStream(input.path, { start: input.from });
    for await (const chunk of tail) await aside.appendFile(chunk);
    await aside.sync();
  } finally {
    await aside.close();
  }
  await syncDirectory(input.directory);
  await withFile(input.path, constants.O_WRONLY, (file) => file.truncate(input.from));
}

async function setAsideFacts(path: string): Promise<Checkpoint['setAside']> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const stream: AsyncIterable<Buffer> = createReadStream(path);
    for await (const chunk of stream) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return NOTHING_SET_ASIDE;
    throw error;
  }
  return { bytes, sha256: hash.digest() };
}

async function appendSynced(path: string, frame: Buffer): Promise<void> {
  await withFile(path, constants.O_WRONLY | constants.O_APPEND, async (file) => {
    await file.appendFile(frame);
    await file.sync();
  });
}

async function withFile(
  path: string,
  flags: number,
  work: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags);
  try {
    await work(file);
  } finally {
    await file.close();
  }
}

function damaged(sessionId: string, what: string): AppError {
  const message = `The recording is damaged and was left as it is: ${what}.`;
  return new AppError('recording_failed', message, { context: { sessionId } });
}
