import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { areSealed } from '../../../src/recording/journal/sealed.ts';
import { recordingPath, uploadLogPath } from '../../../src/recording/layout.ts';
import { Backoff } from '../../../src/recording/storage/backoff.ts';
import { checksumsOf, readPart } from '../../../src/recording/storage/file-parts.ts';
import {
  noteBegun,
  noteFailed,
  notePart,
  noteStored,
  readUploadLog,
} from '../../../src/recording/storage/upload-log.ts';
import { sampleKeys } from './sample-data.ts';
import { temporaryDirectory } from './sample-recording.ts';

const part = (number: number, sha256 = 'aa') => ({ number, bytes: 10, sha256, md5: 'bb', etag: '"e"' });

describe('the log of an upload', () => {
  it('is gone on with behind a line that a crash has cut', async () => {
    const path = recordingPath(temporaryDirectory(), 's-1');
    expect(readUploadLog(path)).toEqual({ upload: null, parts: [], stored: null });
    await noteBegun(path, { key: 'k', uploadId: 'u', partBytes: 10 });
    await notePart(path, part(2));
    appendFileSync(uploadLogPath(path), '\n{"type":"part","number":1,"by');
    await notePart(path, part(1));
    await notePart(path, part(2, 'cc'));
    const { upload, parts } = readUploadLog(path);
    expect(upload).toMatchObject({ key: 'k', uploadId: 'u', partBytes: 10 });
    expect(parts).toMatchObject([{ number: 1 }, { number: 2, sha256: 'cc' }]);
    await noteBegun(path, { key: 'k', uploadId: 'another', partBytes: 10 });
    expect(readUploadLog(path)).toMatchObject({ upload: { uploadId: 'another' }, parts: [] });
    await notePart(path, part(1));
    await noteFailed(path);
    expect(readUploadLog(path)).toMatchObject({ upload: null, parts: [] });
  });

  it('stands for the file of what is stored, so that no journal is kept for it', async () => {
    const directory = temporaryDirectory();
    const asked = { directory, keys: sampleKeys(), sessionIds: ['s-1'] };
    expect(areSealed(asked)).toBe(false);
    await noteStored(recordingPath(directory, 's-1'), { journal: null });
    expect(areSealed(asked)).toBe(true);
    // A file that is there speaks for itself.
    writeFileSync(recordingPath(directory, 's-1'), 'not sealed');
    expect(areSealed(asked)).toBe(false);
  });
});

describe('the parts of a file', () => {
  it.each([0, 1, 9, 10, 11, 20, 25])('of %i bytes add up to it', async (bytes) => {
    const path = join(temporaryDirectory(), 'file');
    const content = Buffer.from(Array.from({ length: bytes }, (_, index) => index));
    writeFileSync(path, content);
    const { whole, parts } = await checksumsOf(path, 10);
    expect(whole.bytes).toBe(bytes);
    expect(parts).toHaveLength(Math.ceil(bytes / 10));
    for (const { number, checksums } of parts) {
      const read = await readPart(path, { offset: (number - 1) * 10, bytes: 10 });
      expect(read.checksums).toEqual(checksums);
      expect(read.body.equals(content.subarray((number - 1) * 10, number * 10))).toBe(true);
    }
  });
});

describe('trying again', () => {
  it('waits ever longer, up to a limit, and at once after a success', () => {
    for (const random of [() => 0, () => 0.999_999]) {
      const backoff = new Backoff({ minMs: 100, maxMs: 1_000, random });
      let atMs = 0;
      for (const ceiling of [100, 200, 400, 800, 1_000, 1_000]) {
        backoff.failed(atMs);
        expect(backoff.mayTry(atMs + ceiling / 2 - 1)).toBe(false);
        expect(backoff.mayTry(atMs + ceiling)).toBe(true);
        atMs += ceiling;
      }
      backoff.succeeded();
      expect(backoff.mayTry(atMs)).toBe(true);
      expect(backoff.failures).toBe(0);
    }
  });
});
