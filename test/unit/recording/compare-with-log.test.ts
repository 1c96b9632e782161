import { describe, expect, it } from 'vitest';
import {
  type CheckedFile,
  type ComparedLog,
  compareFile,
  type RecordingInLog,
} from '../../../src/recording/compare-with-log.ts';
import { verifyRecording } from '../../../src/recording/verify.ts';
import { sampleKeys } from './sample-data.ts';

const PUBLIC_KEY = sampleKeys().publicKeyPem;

async function fileOf(bytes: Buffer): Promise<CheckedFile> {
  return {
    path: 's-1.sprec',
    bytes: bytes.length,
    ...(await verifyRecording({ bytes, publicKeyPem: PUBLIC_KEY })),
  };
}

function logWith(session: Partial<RecordingInLog>): ComparedLog {
  const known: RecordingInLog = {
    sessionId: 's-1',
    ended: true,
    startedAt: '2026-11-21T10:00:00.000Z',
    head: null,
    bytes: null,
    mayBeRecorded: false,
    deleted: null,
    ...session,
  };
  return { sessions: new Map([['s-1', known]]), whole: true, endsAt: '2026-11-22T10:00:00.000Z' };
}

describe('an empty recording', () => {
  it('is as it must be where the client was refused, and nowhere else', async () => {
    const empty = await fileOf(Buffer.alloc(0));
    const isExcused = (session: Partial<RecordingInLog>): boolean =>
      compareFile(empty, logWith(session)).excused;
    expect(isExcused({})).toBe(true);
    expect(isExcused({ mayBeRecorded: true })).toBe(false);
    expect(isExcused({ head: 'ab'.repeat(32) })).toBe(false);
  });

  it('has not a byte in it', async () => {
    expect(compareFile(await fileOf(Buffer.from('S')), logWith({})).excused).toBe(false);
  });
});
