/**
 * How far the sending of a recording has come, in a file beside it: what a crash leaves is gone on with. Lines of
 * JSON; one that is not whole was never relied on. Its last line says when all of it is in object storage: then
 * the file itself may be gone, and no journal is needed for it.
 */
import { readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import { isSystemError, uploadLogPath } from '../layout.ts';
import type { SentPart } from './s3.ts';

const LINES_BYTES_MAX = 16 * 1_048_576;

const line = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('begun'),
    key: z.string(),
    uploadId: z.string(),
    partBytes: z.int().positive(),
  }),
  z.object({
    type: z.literal('part'),
    number: z.int().positive(),
    bytes: z.int().positive(),
    sha256: z.string(),
    md5: z.string(),
    etag: z.string(),
  }),
  /** What was sent is not what the service has: all of it is sent again. */
  z.object({ type: z.literal('failed') }),
  z.object({ type: z.literal('stored'), journal: z.string().nullable() }),
]);
type Line = z.output<typeof line>;

export interface UploadProgress {
  /** Null while nothing was begun. */
  readonly upload: { readonly key: string; readonly uploadId: string; readonly partBytes: number } | null;
  readonly parts: readonly SentPart[];
  /** Of a recording that is in object storage: the journal that may name its session. */
  readonly stored: { readonly journal: string | null } | null;
}

/** @returns nothing begun when there is no log */
export function readUploadLog(recording: string): UploadProgress {
  let upload: UploadProgress['upload'] = null;
  let stored: UploadProgress['stored'] = null;
  let parts = new Map<number, SentPart>();
  for (const entry of linesOf(uploadLogPath(recording))) {
    if (entry.type === 'begun') {
      upload = entry;
      parts = new Map();
    } else if (entry.type === 'failed') {
      upload = null;
      parts = new Map();
    } else if (entry.type === 'part') parts.set(entry.number, entry);
    else stored = entry;
  }
  return { upload, stored, parts: [...parts.values()].toSorted((one, other) => one.number - other.number) };
}

export async function noteBegun(
  recording: string,
  upload: { key: string; uploadId: string; partBytes: number },
): Promise<void> {
  await append(recording, { type: 'begun', ...upload });
}

export async function notePart(recording: string, part: SentPart): Promise<void> {
  await append(recording, { type: 'part', ...part });
}

export async function noteFailed(recording: string): Promise<void> {
  await append(recording, { type: 'failed' });
}

export async function noteStored(recording: string, stored: { journal: string | null }): Promise<void> {
  await append(recording, { type: 'stored', ...stored });
}

function linesOf(path: string): Line[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').slice(0, LINES_BYTES_MAX);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  }
  return text.split('\n').flatMap((one) => {
    const parsed = line.safeParse(parseJson(one));
    return parsed.success ? [parsed.data] : [];
  });
}

/** On stable storage before it returns. A line that a crash cut is ended first. */
async function append(recording: string, entry: Line): Promise<void> {
  const file: FileHandle = await open(uploadLogPath(recording), 'a', 0o600);
  try {
    await file.appendFile(`\n${JSON.stringify(entry)}`);
    await file.datasync();
  } finally {
    await file.close();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
