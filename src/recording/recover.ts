/**
 * Seals a recording whose recorder died: what its file lacks is added from the journal, then it is sealed.
 * Nothing that was written is destroyed: an incomplete last frame is kept in a file beside the recording, and
 * the signed `recovered` checkpoint names its size and hash. Run it only for a session whose recorder is gone, or
 * forwards nothing any more: a living one notices the seal before it writes again, and fails, and what it has in
 * its journal since then is not in the recording. docs/recording-format.md, "Recovery".
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, fstatSync, ftruncateSync } from 'node:fs';
import { constants, type FileHandle, open, stat } from 'node:fs/promises';
import { type Clock, systemClock } from '../core/clock.ts';
import { AppError, isAppError, messageOf } from '../core/errors.ts';
import type { RandomBytes } from '../store/sealing.ts';
import type { AuthenticEnd } from './authenticated-frames.ts';
import { syncDirectory } from './background-sync.ts';
import { chainAfter } from './chain.ts';
import { type Checkpoint, encodeCheckpoint, NOTHING_SET_ASIDE } from './checkpoint.ts';
import { readJournal } from './journal/read.ts';
import { areSealed } from './journal/sealed.ts';
import { removeIfSpent } from './journal/spent.ts';
import type { RecordingKeys } from './keys.ts';
import { isSystemError, recordingPath, setAsidePath } from './layout.ts';
import type { RecordingProblem } from './problem.ts';
import { RecordingSealer } from './sealer.ts';
import { type Survey, surveyRecording } from './survey.ts';
import { hasSignatureFrom, isZeroFrom } from './tail.ts';
import { writeAll } from './write-all.ts';

/** UTF-16 code units of lines that are sealed together. */
const LINES_MAX = 262_144;

export interface Recovery {
  /** Hex chain value over the whole sealed file. */
  readonly headHex: string;
  /** Bytes of an unfinished write that were moved to `….sprec.torn`. */
  readonly setAsideBytes: number;
}

export interface RecoveryInput {
  readonly directory: string;
  readonly keys: RecordingKeys;
  readonly sessionId: string;
  readonly clock?: Clock;
  readonly random?: RandomBytes;
}

/** In this process; two at a time would both append a seal. */
const running = new Map<string, Promise<Recovery | null>>();

/**
 * Idempotent: of a sealed file it returns the head; who asks meanwhile gets the same answer. Removes the journal,
 * too, when this was its last session.
 * @returns null when there is no file, or only the beginning of a header
 * @throws AppError `recording_failed` when the file or its journal is damaged (they are left as they were found)
 *   or the file cannot be written; `conflict` when it grew meanwhile; `config_invalid` for other keys
 */
export async function recoverRecording(input: RecoveryInput): Promise<Recovery | null> {
  const path = recordingPath(input.directory, input.sessionId);
  const earlier = running.get(path);
  if (earlier !== undefined) return earlier;
  const recovery = recoverAt(path, input);
  running.set(path, recovery);
  try {
    return await recovery;
  } finally {
    running.delete(path);
  }
}

async function recoverAt(path: string, input: RecoveryInput): Promise<Recovery | null> {
  const { directory, keys, sessionId } = input;
  const survey = await surveyRecording({ path, keys });
  if (survey === null) return null;
  const { end } = survey;
  const fileBytes = (await stat(path)).size;
  if (end.problem === null && fileBytes !== end.offset + end.tornBytes) {
    throw stillWritten(sessionId);
  }
  if (end.header === null && (end.problem === null || (await isZeroFrom(path, end.offset)))) return null;
  if (end.header !== null && end.header.sessionId !== sessionId)
    throw damaged(sessionId, `it belongs to session ${end.header.sessionId}`);
  if (end.problem !== null && (end.sealedBy !== null || end.header === null))
    throw damagedAt(sessionId, end.problem);
  if (end.sealedBy !== null) return { headHex: end.chain.toString('hex'), setAsideBytes: end.setAsideBytes };
  const { missing, named } = await missingLines(input, survey);
  if (end.problem !== null && !(await isUnfinished({ ...input, path, end, missing })))
    throw damagedAt(sessionId, end.problem);
  const recovery = await seal({ ...input, path, end, missing, fileBytes });
  const journalId = end.header?.journal ?? null;
  if (journalId !== null && areSealed({ directory, keys, sessionIds: named })) {
    // It was read a moment ago; what stays is looked at again when a process begins to record.
    await removeIfSpent({ directory, keys, journalId }).catch(() => false);
  }
  return recovery;
}

/**
 * Whether what is behind the authentic part was never made durable, so that a power cut may have damaged it:
 * zeros hold nothing, and what nobody signed is in the journal.
 */
async function isUnfinished(
  input: RecoveryInput & { path: string; end: AuthenticEnd; missing: readonly string[] },
): Promise<boolean> {
  const { path, end, missing, keys, sessionId } = input;
  const { offset } = end;
  if (await isZeroFrom(path, offset)) return true;
  return missing.length > 0 && !(await hasSignatureFrom(path, { offset, keys, sessionId }));
}

/**
 * The lines of the session that the journal has and the file has not, and all sessions that the journal names.
 * @throws AppError `recording_failed` when neither has one of them, or the journal is not there
 */
async function missingLines(
  { directory, keys, sessionId }: RecoveryInput,
  { end, journalled }: Survey,
): Promise<{ missing: string[]; named: ReadonlySet<string> }> {
  const journalId = end.header?.journal ?? null;
  const missing: string[] = [];
  const named = new Set<string>();
  if (journalId === null) return { missing, named };
  for await (const entry of readJournal({ directory, keys, journalId })) {
    named.add(entry.sessionId);
    if (entry.sessionId !== sessionId) continue;
    const next = journalled + missing.length + 1;
    if (entry.ordinal < next) continue;
    if (entry.ordinal > next)
      throw damaged(sessionId, `event ${next} is neither in it nor in its journal ${journalId}`);
    missing.push(entry.line);
  }
  if (!named.has(sessionId))
    throw damaged(sessionId, `its journal ${journalId} is not there or does not know it`);
  return { missing, named };
}

/** One write makes it whole. */
async function seal(
  input: RecoveryInput & {
    path: string;
    end: AuthenticEnd;
    missing: readonly string[];
    fileBytes: number;
  },
): Promise<Recovery> {
  const { sessionId, path, end, fileBytes } = input;
  try {
    if (fileBytes > end.offset) await moveTail({ ...input, from: end.offset });
    const setAside = await setAsideFacts(setAsidePath(path));
    const { bytes, chain } = lastFrames({ ...input, setAside });
    await appendSynced(path, { sessionId, at: end.offset, bytes });
    return { headHex: chain.toString('hex'), setAsideBytes: setAside.bytes };
  } catch (error) {
    if (isAppError(error, 'conflict')) throw error;
    throw new AppError('recording_failed', `Sealing the recording failed: ${messageOf(error)}`, {
      cause: error,
      context: { sessionId },
    });
  }
}

/** What is added is sealed under another key: the counters of the old one may have sealed what is set aside. */
function lastFrames(
  input: RecoveryInput & {
    end: AuthenticEnd;
    missing: readonly string[];
    setAside: Checkpoint['setAside'];
  },
): { bytes: Buffer; chain: Buffer } {
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

function stillWritten(sessionId: string): AppError {
  return new AppError('conflict', 'The recording is still being written.', { context: { sessionId } });
}

function damagedAt(sessionId: string, { message, offset }: RecordingProblem): AppError {
  return damaged(sessionId, `${message} (byte ${offset})`);
}

function damaged(sessionId: string, what: string): AppError {
  const message = `The recording is damaged and was left as it is: ${what}.`;
  return new AppError('recording_failed', message, { context: { sessionId } });
}
