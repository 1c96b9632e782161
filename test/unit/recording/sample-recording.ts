/** Recordings for tests: fixed keys, a temporary directory for each test, and events of every kind. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { ZERO_COUNTS } from '../../../src/core/session.ts';
import type { RecordingEvent, SessionFacts } from '../../../src/recording/events.ts';
import { createRecordingKeys, type RecordingKeys } from '../../../src/recording/keys.ts';
import { type RecordingEnd, readRecording } from '../../../src/recording/reader.ts';
import { openRecording } from '../../../src/recording/writer.ts';

/** PKCS#8 around 32 bytes of Ed25519 seed (RFC 8410 section 7). */
export function signingKeyOf(seedByte: number): KeyObject {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
  const key = Buffer.concat([prefix, Buffer.alloc(32, seedByte)]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

export function sampleKeys(options: { master?: number; signing?: number } = {}): RecordingKeys {
  const masterKey = new Secret(Buffer.alloc(32, options.master ?? 1));
  return createRecordingKeys({ masterKey, signingKey: signingKeyOf(options.signing ?? 2) });
}

/** Removed when the test ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-recording-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export function sampleFacts(sessionId = 's-1'): SessionFacts {
  return {
    sessionId,
    grantId: 'g-aaaaaaaa',
    requestId: 'r-1',
    holder: { id: 'p-1', name: 'Alice', email: 'alice@example.com' },
    approvers: [{ id: 'p-2', name: 'Bob' }],
    resource: 'orders-db',
    resourceKind: 'postgres',
    role: 'read',
    reason: 'slow checkout',
    incident: null,
    clientAddress: '192.0.2.7',
    application: 'psql',
    policyVersion: 'v1',
    startedAt: '2026-11-21T10:00:00.000Z',
  };
}

export function statementEvent(
  statement: number,
  text: string,
): Extract<RecordingEvent, { type: 'statement' }> {
  return {
    type: 'statement',
    atMs: statement * 10,
    statement,
    text,
    textSha256: '00',
    protocol: 'simple',
    parameters: [],
    analysis: [],
    verdict: { action: 'allow', rule: null, reason: '' },
  };
}

export const END_EVENT: RecordingEvent = {
  type: 'end',
  atMs: 99,
  reason: 'client-closed',
  counts: { ...ZERO_COUNTS, commands: 1 },
};

export interface SampleRecording {
  readonly directory: string;
  readonly path: string;
  readonly bytes: Buffer;
  readonly headHex: string;
  readonly keys: RecordingKeys;
}

/** A sealed recording of these events; each is flushed by itself. */
export async function writeSample(
  events: readonly RecordingEvent[],
  options: { sessionId?: string; keys?: RecordingKeys; directory?: string } = {},
): Promise<SampleRecording> {
  const { keys = sampleKeys(), directory = temporaryDirectory(), sessionId = 's-1' } = options;
  const recorder = openRecording({ directory, keys, facts: sampleFacts(sessionId), sync: 100 });
  for (const event of events) {
    recorder.append(event);
    recorder.flush();
  }
  const { headHex } = await recorder.close();
  return { directory, path: recorder.path, bytes: readFileSync(recorder.path), headHex, keys };
}

/** Everything that can be read, and how it ended. */
export async function readAll(input: {
  path: string;
  keys: RecordingKeys;
}): Promise<{ events: RecordingEvent[]; end: RecordingEnd }> {
  const reading = readRecording(input);
  const events: RecordingEvent[] = [];
  for (let next = await reading.next(); ; next = await reading.next()) {
    if (next.done) return { events, end: next.value };
    events.push(next.value);
  }
}

/** Where the frames of a good recording lie: the tests' own reading of the format. */
export function frameSpans(bytes: Buffer): { start: number; end: number; type: number }[] {
  const spans: { start: number; end: number; type: number }[] = [];
  for (let start = 8; start < bytes.length; ) {
    const end = start + 9 + bytes.readUInt32BE(start);
    spans.push({ start, end, type: bytes.readUInt8(start + 4) });
    start = end;
  }
  return spans;
}
