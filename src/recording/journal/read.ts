/**
 * Reads a journal back, for recovery. It may still be written to by another process: what is whole is read, an
 * unfinished write at the end is not. Anything else that is not as it was written is damage and an error, because
 * what it hides cannot be known.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { TAG_BYTES } from '../frame.ts';
import type { RecordingKeys, WrappingKey } from '../keys.ts';
import { isSystemError, journalPath, listJournalFiles } from '../layout.ts';
import {
  JOURNAL_FRAME_BYTES_MAX,
  JOURNAL_HEADER_BYTES_MAX,
  JOURNAL_MAGIC,
  type JournalEntry,
  JournalOpener,
  LENGTH_BYTES,
  parseEntries,
  parseSegmentHeader,
  readLength,
  type SegmentHeader,
  wrappingContext,
} from './format.ts';

interface SegmentBytes {
  readonly journalId: string;
  readonly segment: number;
  /** Nothing may be missing at the end of a segment that another one follows. */
  readonly isLast: boolean;
  readonly path: string;
  readonly bytes: Buffer;
}

/**
 * Yields the entries of all segments in order; none for a journal of which nothing is left.
 * @throws AppError `recording_failed` for damage, naming file and byte; `config_invalid` for another master key.
 *   System errors pass through.
 */
export async function* readJournal(input: {
  directory: string;
  keys: RecordingKeys;
  journalId: string;
}): AsyncGenerator<JournalEntry> {
  const { directory, keys, journalId } = input;
  const names = (await listJournalFiles(directory)).filter((name) => name.journalId === journalId);
  for (const [index, { segment }] of names.entries()) {
    const path = journalPath(directory, { journalId, segment });
    const expected = (names[0]?.segment ?? 0) + index;
    if (segment !== expected) throw damaged(path, { at: 0, what: `segment ${expected} is missing` });
    const bytes = await readIfThere(path);
    // Its owner found that nobody needs it any more, nor those before it.
    if (bytes === null) continue;
    const isLast = index === names.length - 1;
    const found = { journalId, segment, isLast, path, bytes };
    const begun = beginningOf(found);
    if (begun === null) continue;
    const key = await keys.findWrapping(begun.header.keyId);
    if (key === null) throw foreign(found);
    yield* entriesOf(found, openSegment(found, { ...begun, key }));
  }
}

function* entriesOf(
  input: SegmentBytes,
  begun: { readonly opener: JournalOpener; readonly at: number },
): Generator<JournalEntry> {
  const { bytes, path, isLast } = input;
  for (let at = begun.at; at < bytes.length; ) {
    const end = frameEnd(input, at);
    if (end === null) return;
    const text = begun.opener.open(bytes.subarray(at, end));
    if (text === null) {
      if (isLast && isZero(bytes.subarray(end - TAG_BYTES))) return;
      throw damaged(path, { at, what: 'this frame is not what was written here' });
    }
    const entries = parseEntries(text);
    if (entries === null) throw damaged(path, { at, what: 'this frame is not known to this version' });
    yield* entries;
    at = end;
  }
}

/** Null for a beginning that was not written to its end. */
function beginningOf(input: SegmentBytes): { header: SegmentHeader; at: number } | null {
  const { journalId, segment, bytes, path } = input;
  const magic = bytes.subarray(0, JOURNAL_MAGIC.length);
  if (!magic.equals(JOURNAL_MAGIC.subarray(0, magic.length)))
    return unwritten(input, { at: 0, what: 'this is not a journal of a known version' });
  const lengthAt = JOURNAL_MAGIC.length;
  if (bytes.length < lengthAt + LENGTH_BYTES)
    return unwritten(input, { at: bytes.length, what: 'its end is missing' });
  const length = readLength(bytes, { at: lengthAt, max: JOURNAL_HEADER_BYTES_MAX });
  if (length === null) return unwritten(input, { at: lengthAt, what: 'the length of the header is damaged' });
  const at = lengthAt + LENGTH_BYTES + length;
  if (bytes.length < at) return unwritten(input, { at: bytes.length, what: 'its end is missing' });
  const body = bytes.subarray(lengthAt + LENGTH_BYTES, at);
  const header = parseSegmentHeader(body);
  if (header === null) return unwritten(input, { at: lengthAt, what: 'the header cannot be read' });
  if (header.journalId !== journalId || header.segment !== segment)
    throw damaged(path, { at: lengthAt, what: `it is segment ${header.segment} of ${header.journalId}` });
  return { header, at };
}

function openSegment(
  { bytes, path }: SegmentBytes,
  { header, at, key }: { header: SegmentHeader; at: number; key: WrappingKey },
): { opener: JournalOpener; at: number } {
  try {
    const dataKey = key.unwrapDataKey(header.wrappedDataKey, wrappingContext(header));
    return { opener: new JournalOpener({ dataKey, iv: header.iv, start: bytes.subarray(0, at) }), at };
  } catch {
    throw damaged(path, { at: JOURNAL_MAGIC.length, what: 'its data key cannot be unwrapped' });
  }
}

/** Null when the write of this frame was not finished. */
function frameEnd(input: SegmentBytes, at: number): number | null {
  const { bytes } = input;
  if (bytes.length < at + LENGTH_BYTES)
    return unwritten(input, { at, what: 'its end is missing', isTorn: true });
  const length = readLength(bytes, { at, max: JOURNAL_FRAME_BYTES_MAX });
  if (length === null) return unwritten(input, { at, what: 'the length of this frame is damaged' });
  const end = at + LENGTH_BYTES + length + TAG_BYTES;
  return end <= bytes.length ? end : unwritten(input, { at, what: 'its end is missing', isTorn: true });
}

/**
 * What is not there at the end of the last segment was never acknowledged: a write that was cut, or the zeros
 * that a power cut leaves.
 * @throws AppError `recording_failed` for anything else
 */
function unwritten(input: SegmentBytes, found: { at: number; what: string; isTorn?: boolean }): null {
  const { bytes, isLast, path } = input;
  const isTorn = found.isTorn === true || found.at >= bytes.length || isZero(bytes.subarray(found.at));
  if (isLast && isTorn) return null;
  throw damaged(path, found);
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return null;
    throw error;
  }
}

function foreign({ journalId, path }: SegmentBytes): AppError {
  const message = `The journal ${basename(path)} was made with a root key that this deployment does not have.`;
  return new AppError('config_invalid', message, { context: { journalId } });
}

function damaged(path: string, { at, what }: { at: number; what: string }): AppError {
  const message = `The journal ${basename(path)} is damaged and was left as it is: ${what} (byte ${at}).`;
  return new AppError('recording_failed', message);
}
