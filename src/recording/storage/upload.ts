/**
 * Sends one recording to object storage: whole parts while its session runs, the rest and the completion when it is
 * sealed. What was sent is remembered beside the file, and compared with the file again before the object is made:
 * a crash may have changed the file's end meanwhile. Nothing here removes anything.
 */
import { stat } from 'node:fs/promises';
import { AppError } from '../../core/errors.ts';
import { readFrames } from '../frame-source.ts';
import { parseHeader } from '../header.ts';
import { isSystemError, setAsidePath } from '../layout.ts';
import type { TrustedKey } from '../public-key.ts';
import { verifyRecording } from '../verify.ts';
import { ChecksumCounter, type Checksums } from './checksums.ts';
import { checksumsOf, type FilePart, readPart } from './file-parts.ts';
import { isGone, type ObjectFacts, type S3Storage, type SentPart } from './s3.ts';
import { noteBegun, noteFailed, notePart, readUploadLog } from './upload-log.ts';

export interface LocalRecording {
  readonly sessionId: string;
  readonly path: string;
}

/** A recording that is in object storage, whole. */
export interface StoredObject {
  readonly key: string;
  readonly version: string | null;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** An upload that the service gave up, or that somebody else completed or changed, is begun again so often. */
const BEGINNINGS_MAX = 2;

/**
 * Sends the parts that a running session has filled.
 * @returns how many bytes of the file have been sent
 * @throws AppError `unavailable`, `conflict` as the storage answers
 */
export async function sendFullParts(s3: S3Storage, recording: LocalRecording): Promise<number> {
  const { path } = recording;
  const { size } = await stat(path);
  const { partBytes } = readUploadLog(path).upload ?? s3;
  if (size < partBytes) return 0;
  return againWhenGone(s3, recording, async (upload) => {
    const full = Math.floor(size / upload.partBytes);
    const known = new Set(upload.parts.map(({ number }) => number));
    for (let number = 1; number <= full; number += 1) {
      if (!known.has(number)) await sendPart(s3, { path, upload, number });
    }
    return full * upload.partBytes;
  });
}

/**
 * Sends what is missing of a sealed recording, completes the object and has it confirmed.
 * @param input.headHex what the audit log says of the recording
 * @throws AppError `recording_failed` when the file is not that recording, `unavailable` and `conflict` as the
 *   storage answers
 */
export async function sendSealed(
  s3: S3Storage,
  input: LocalRecording & { headHex: string; key: TrustedKey },
): Promise<StoredObject> {
  const { path, sessionId, headHex } = input;
  await requireHead(input);
  await sendSetAside(s3, { path, sessionId });
  const key = s3.keyOf(sessionId);
  const { upload } = readUploadLog(path);
  const partBytes = upload?.partBytes ?? s3.partBytes;
  const { whole, parts } = await checksumsOf(path, partBytes);
  const before = await s3.describe(key);
  // Completed by an attempt whose answer was lost, or by another process.
  if (before !== null && (await isConfirmed(s3, { key, facts: before, whole, parts })))
    return { key, version: before.version, ...sizeAndHash(whole) };
  if (upload === null && parts.length <= 1) await putWhole(s3, { path, key, whole, headHex });
  else await sendInParts(s3, { sessionId, path, parts });
  const facts = await s3.describe(key);
  if (facts === null || !(await isConfirmed(s3, { key, facts, whole, parts }))) {
    await noteFailed(path);
    throw new AppError('unavailable', `The object storage does not have ${key} as it was sent.`);
  }
  return { key, version: facts.version, ...sizeAndHash(whole) };
}

/** The journal that may name this session; null when the recording was made without one. */
export async function journalOf(path: string): Promise<string | null> {
  for await (const item of readFrames({ path })) {
    if (item.kind === 'frame' && item.frame.type === 'header')
      return parseHeader(item.frame.body)?.journal ?? null;
    return null;
  }
  return null;
}

async function requireHead(input: LocalRecording & { headHex: string; key: TrustedKey }): Promise<void> {
  const { sessionId, headHex, key, path } = input;
  const found = await verifyRecording({ path, key });
  if (found.ok && found.sessionId === sessionId && found.headHex === headHex) return;
  const what = found.problems[0]?.message ?? 'its head is not the one in the audit log';
  throw new AppError('recording_failed', `The recording on disk is not what was sealed: ${what}`, {
    context: { sessionId },
  });
}

/** What a crash left behind the last whole frame, kept for whoever examines it. */
async function sendSetAside(s3: S3Storage, { path, sessionId }: LocalRecording): Promise<void> {
  let bytes: number;
  try {
    bytes = (await stat(setAsidePath(path))).size;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return;
    throw error;
  }
  const { body, checksums } = await readPart(setAsidePath(path), { offset: 0, bytes });
  const key = `${s3.keyOf(sessionId)}.torn`;
  if ((await s3.describe(key))?.bytes === bytes) return;
  await s3.put({ key, body, checksums, metadata: {} });
}

async function putWhole(
  s3: S3Storage,
  input: { path: string; key: string; whole: Checksums; headHex: string },
): Promise<void> {
  const { path, key, whole, headHex } = input;
  const { body, checksums } = await readPart(path, { offset: 0, bytes: whole.bytes });
  if (checksums.sha256 !== whole.sha256) throw changed(path);
  await s3.put({ key, body, checksums, metadata: { head: headHex } });
}

async function sendInParts(
  s3: S3Storage,
  input: LocalRecording & { parts: readonly FilePart[] },
): Promise<void> {
  const { path, parts } = input;
  await againWhenGone(s3, input, async (upload) => {
    const sent = new Map(upload.parts.map((part) => [part.number, part]));
    const complete: SentPart[] = [];
    for (const { number, checksums } of parts) {
      const known = sent.get(number);
      const part = known?.sha256 === checksums.sha256 ? known : await sendPart(s3, { path, upload, number });
      if (part.sha256 !== checksums.sha256) throw changed(path);
      complete.push(part);
    }
    await s3.complete({ key: upload.key, uploadId: upload.uploadId, parts: complete });
  });
}

interface Upload {
  readonly key: string;
  readonly uploadId: string;
  readonly partBytes: number;
  readonly parts: readonly SentPart[];
}

/** Goes on with the upload that was begun, or begins one; once more when it is not as we know it. */
async function againWhenGone<Result>(
  s3: S3Storage,
  recording: LocalRecording,
  work: (upload: Upload) => Promise<Result>,
): Promise<Result> {
  for (let beginning = 1; ; beginning += 1) {
    const { upload, parts } = readUploadLog(recording.path);
    const current = upload === null || beginning > 1 ? await begin(s3, recording) : { ...upload, parts };
    try {
      return await work(current);
    } catch (error) {
      if (!isGone(error) || beginning === BEGINNINGS_MAX) throw error;
      await s3.abort(current);
    }
  }
}

async function begin(s3: S3Storage, { sessionId, path }: LocalRecording): Promise<Upload> {
  const key = s3.keyOf(sessionId);
  const uploadId = await s3.begin({ key, metadata: {} });
  const upload = { key, uploadId, partBytes: s3.partBytes };
  await noteBegun(path, upload);
  return { ...upload, parts: [] };
}

async function sendPart(
  s3: S3Storage,
  { path, upload, number }: { path: string; upload: Upload; number: number },
): Promise<SentPart> {
  const { key, uploadId, partBytes } = upload;
  const { body, checksums } = await readPart(path, { offset: (number - 1) * partBytes, bytes: partBytes });
  const part = await s3.putPart({ key, uploadId, number, body, checksums });
  await notePart(path, part);
  return part;
}

/** By what the service says of the object; where that does not tell, by reading it back. */
async function isConfirmed(
  s3: S3Storage,
  input: { key: string; facts: ObjectFacts; whole: Checksums; parts: readonly FilePart[] },
): Promise<boolean> {
  const { key, facts, whole, parts } = input;
  const said = s3.isWhole(facts, { checksums: whole, parts: parts.map(({ checksums }) => checksums) });
  if (said !== null) return said;
  const counter = new ChecksumCounter();
  for await (const piece of s3.read({ key, version: facts.version })) counter.add(piece);
  return counter.result().sha256 === whole.sha256;
}

function sizeAndHash({ bytes, sha256 }: Checksums): { bytes: number; sha256: string } {
  return { bytes, sha256 };
}

function changed(path: string): AppError {
  return new AppError('recording_failed', `${path} changed while it was sent.`);
}
