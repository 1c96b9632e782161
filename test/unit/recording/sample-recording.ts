/** Recordings for tests, in a temporary directory for each test. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { RecordingEvent } from '../../../src/recording/events.ts';
import type { RecordingKeys } from '../../../src/recording/keys.ts';
import { type RecordingEnd, readRecording } from '../../../src/recording/reader.ts';
import { openRecording } from '../../../src/recording/writer.ts';
import { sampleFacts, sampleKeys } from './sample-data.ts';

/** Removed when the test ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-recording-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

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
