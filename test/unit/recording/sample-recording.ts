/** Recordings for tests, in a temporary directory for each test. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import type { RecordingEvent } from '../../../src/recording/events.ts';
import { Journal, type SyncSetting } from '../../../src/recording/journal/journal.ts';
import type { RecordingKeys } from '../../../src/recording/keys.ts';
import { type RecordingEnd, readRecording } from '../../../src/recording/reader.ts';
import type { Recorder } from '../../../src/recording/recorder.ts';
import { openRecording } from '../../../src/recording/writer.ts';
import { record, type SampleEvent, sampleFacts, sampleKeys } from './sample-data.ts';

/** Where a sync costs nothing, for tests that recover hundreds of times. */
export const IN_MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Removed when the test ends. */
export function temporaryDirectory(parent: string = tmpdir()): string {
  const directory = mkdtempSync(join(parent, 'sallyport-recording-'));
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

/** Paths of the files with this extension, sorted. */
export function filesOf(directory: string, extension: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(`.${extension}`))
    .toSorted()
    .map((name) => join(directory, name));
}

/** A recorder with a journal of its own, which is closed when the test ends. */
export function openSample(
  options: { directory?: string; keys?: RecordingKeys; sessionId?: string; sync?: SyncSetting } = {},
): Recorder {
  const { directory = temporaryDirectory(), keys = sampleKeys(), sessionId = 's-1', sync = 100 } = options;
  const journal = new Journal({ directory, keys, sync });
  onTestFinished(() => journal.close().catch(() => undefined));
  return openRecording({ journal, facts: sampleFacts(sessionId) });
}

/** A sealed recording of these events, each in a frame of its own. */
export async function writeSample(
  events: readonly SampleEvent[],
  options: { sessionId?: string; keys?: RecordingKeys; directory?: string } = {},
): Promise<SampleRecording> {
  const { keys = sampleKeys(), directory = temporaryDirectory(), sessionId = 's-1' } = options;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  let recorder: Recorder;
  try {
    recorder = openSample({ directory, keys, sessionId });
    for (const event of events) {
      record(recorder, event);
      recorder.flush();
      vi.advanceTimersByTime(100);
    }
  } finally {
    vi.useRealTimers();
  }
  const { headHex } = await recorder.close();
  return { directory, path: recorder.path, bytes: readFileSync(recorder.path), headHex, keys };
}

/**
 * A recording as `kill -9` leaves it, with its journal: each event in a frame of its own in both, but the last
 * ones in the journal only.
 */
export function crashSample(
  events: readonly SampleEvent[],
  options: { sessionId?: string; inJournalOnly?: number } = {},
): Omit<SampleRecording, 'headHex'> & { readonly journal: string } {
  const { sessionId = 's-1', inJournalOnly = 0 } = options;
  const keys = sampleKeys();
  const living = temporaryDirectory(IN_MEMORY);
  const directory = temporaryDirectory(IN_MEMORY);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const recorder = openSample({ directory: living, keys, sessionId });
    for (const [index, event] of events.entries()) {
      record(recorder, event);
      recorder.flush();
      if (index < events.length - inJournalOnly) vi.advanceTimersByTime(100);
    }
    cpSync(living, directory, { recursive: true });
    void recorder.close().catch(() => undefined);
  } finally {
    vi.useRealTimers();
  }
  const path = join(directory, `${sessionId}.sprec`);
  const [journal = ''] = filesOf(directory, 'sjournal');
  return { directory, path, bytes: readFileSync(path), keys, journal };
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
