/**
 * Adds to the file of a recorder that died what it lacks, and the seal. Nothing that was written is destroyed: see
 * `recoverRecording`, which has found what is missing. docs/recording-format.md, "Recovery".
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, fstatSync, ftruncateSync } from 'node:fs';
import { constants, type FileHandle, open } from 'node:fs/promises';
import { type Clock, systemClock } from '../core/clock.ts';
import { AppError, isAppError, messageOf } from '../core/errors.ts';
import type { RandomBytes } from '../store/sealing.ts';
import type { AuthenticEnd } from './authenticated-frames.ts';
import { syncDirectory } from './background-sync.ts';
import { chainAfter } from './chain.ts';
import { type Checkpoint, encodeCheckpoint, NOTHING_SET_ASIDE } from './checkpoint.ts';
import type { FileKeys } from './keys.ts';
import { isSystemError, setAsidePath } from './layout.ts';
import { RecordingSealer } from './sealer.ts';
import { writeAll } from './write-all.ts';

/** UTF-16 code units of lines that are sealed together. */
const LINES_MAX = 262_144;

export interface Recovery {
  /** Hex chain value over the whole sealed file. */
  readonly headHex: string;
  /** The length of the sealed file. */
  readonly bytes: number;
  /** Bytes of an unfinished write that were moved to `….sprec.torn`. */
  readonly setAsideBytes: number;
}

/** A file without its seal, as it was found. */
interface LeftFile {
  readonly directory: string;
  readonly keys: FileKeys;
  readonly sessionId: string;
  readonly clock?: Clock;
  readonly random?: RandomBytes;
  readonly path: string;
  readonly fileBytes: number;
  readonly end: AuthenticEnd;
  /** Lines that it lacks. */
  readonly missing: readonly string[];
}

/**
 * One write makes it whole.
 * @throws AppError `recording_failed` when the disk refuses, `conflict` when the file grew meanwhile
 */
export async function appendSeal(input: LeftFile): Promise<Recovery> {
  const { sessionId, path, end, fileBytes } = input;
  try {
    if (fileBytes > end.offset) await moveTail({ ...input, from: end.offset });
    const setAside = await setAsideFacts(setAsidePath(path));
    const { bytes, chain } = lastFrames({ ...input, setAside });
    await appendSynced(path, { sessionId, at: end.offset, bytes });
    return {
      headHex: chain.toString('hex'),
      bytes: end.offset + bytes.length,
      setAsideBytes: setAside.bytes,
    };
  } catch (error) {
    if (isAppError(error, 'conflict')) throw error;
    throw new AppError('recording_failed', `Sealing the recording failed: ${messageOf(error)}`, {
      cause: error,
      context: { sessionId },
    });
  }
}

/** What is added is sealed under another key: the counters of the old one may have sealed what is set aside. */
function lastFrames(input: LeftFile & { readonly setAside: Checkpoint['setAside'] }): {
  bytes: Buffer;
  chain: Buffer;
} {
  const { keys, sessionId, end, missing, setAside, clock = systemClock, random = randomBytes } = input;
  const from = { sequence: end.frames, chain: end.chain };
  if (missing.length === 0) {
    const bytes = encodeCheckpoint(
      { kind: 'recovered', wallTimeMs: clock.now().getTime(), chain: end.chain, setAside },
      { sessionId, sequence: end.frames, sign: (message) => keys.sign(message) },
    );
    return { bytes, chain: chainAfter(end.chain, bytes) };
  }
  const sealer = new RecordingSealer({ sessionId, keys, clock, random, from });
  const frames = [sealer.start];
  for (const lines of joined(missing)) frames.push(...sealer.events(lines));
  frames.push(sealer.checkpoint('recovered', setAside));
  return { bytes: Buffer.concat(frames), chain: Buffer.from(sealer.headHex, 'hex') };
}

function* joined(lines: readonly string[]): Generator<string> {
  let together: string[] = [];
  let length = 0;
  for (const line of lines) {
    if (length > 0 && length + line.length > LINES_MAX) {
      yield together.join('\n');
      together = [];
      length = 0;
    }
    together.push(line);
    length += line.length;
  }
  if (together.length > 0) yield together.join('\n');
}

/**
 * Copies first, truncates when the copy is on stable storage. A crash in between makes the next run
 * copy again: the file beside then holds the tail twice, which loses nothing.
 */
async function moveTail(input: {
  sessionId: string;
  path: string;
  directory: string;
  from: number;
  fileBytes: number;
}): Promise<void> {
  const aside = await open(setAsidePath(input.path), 'a', 0o600);
  try {
    const to = input.fileBytes - 1;
    const tail: AsyncIterable<Buffer> = createReadStream(input.path, { start: input.from, end: to });
    for await (const chunk of tail) await aside.appendFile(chunk);
    await aside.sync();
  } finally {
    await aside.close();
  }
  await syncDirectory(input.directory);
  await withFile(input.path, constants.O_WRONLY, async ({ fd }) => {
    mustBeAsLongAs(input.fileBytes, { fd, sessionId: input.sessionId });
    ftruncateSync(fd, input.from);
  });
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

async function appendSynced(
  path: string,
  { sessionId, at, bytes }: { sessionId: string; at: number; bytes: Buffer },
): Promise<void> {
  await withFile(path, constants.O_WRONLY | constants.O_APPEND, async (file) => {
    mustBeAsLongAs(at, { fd: file.fd, sessionId });
    writeAll(file.fd, bytes);
    await file.sync();
  });
}

/**
 * Another replica may have come first, or the recorder may live, however long reading took. What relies on it
 * follows at once, without waiting for anything.
 */
function mustBeAsLongAs(bytes: number, { fd, sessionId }: { fd: number; sessionId: string }): void {
  if (fstatSync(fd).size !== bytes) throw stillWritten(sessionId);
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

export function stillWritten(sessionId: string): AppError {
  return new AppError('conflict', 'The recording is still being written.', { context: { sessionId } });
}
