import {
  closeSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { SIGNING_KEY_FILE } from '../../../src/recording/layout.ts';
import { sampleKeys, statementEvent } from './sample-data.ts';
import { filesOf, openSample, readAll, temporaryDirectory } from './sample-recording.ts';

const FAILED = expect.objectContaining({ code: 'recording_failed' });

/** Takes the file away from under the recorder, as a failing disk would. */
function breakDescriptor(path: string): void {
  const fd = readdirSync('/proc/self/fd').find((name) => targetOf(name) === path);
  if (fd === undefined) throw new Error(`${path} is not open`);
  closeSync(Number(fd));
}

/** Null for the descriptor of the listing itself, which is gone by now. */
function targetOf(fd: string): string | null {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return null;
  }
}

describe('a recorder', () => {
  it('has an event in the journal when flush returns, and not before, and in its file a moment later', async () => {
    const directory = temporaryDirectory();
    const recorder = openSample({ directory });
    const [journal = ''] = filesOf(directory, 'sjournal');
    const before = [recorder.path, journal].map((path) => statSync(path).size);
    recorder.append(statementEvent(1, 'select 1'));
    recorder.append(statementEvent(2, 'select 2'));
    expect([recorder.path, journal].map((path) => statSync(path).size)).toEqual(before);
    recorder.flush();
    expect(statSync(journal).size).toBeGreaterThan(before[1] ?? 0);
    await vi.waitFor(async () => {
      const { events, end } = await readAll({ path: recorder.path, keys: sampleKeys() });
      expect(events.length).toBe(3);
      expect(end.complete).toBe(false);
    });
    await recorder.close();
  });

  it('stays failed after a failed write to the journal, and never writes again', async () => {
    for (const sync of ['strict', 1] as const) {
      const directory = temporaryDirectory();
      const recorder = openSample({ directory, sync });
      const [journal = ''] = filesOf(directory, 'sjournal');
      const before = [recorder.path, journal].map((path) => readFileSync(path));
      breakDescriptor(journal);
      recorder.append(statementEvent(1, 'select 1'));
      expect(() => recorder.flush()).toThrow(FAILED);
      expect(() => recorder.append(statementEvent(2, 'select 2'))).toThrow(FAILED);
      expect(() => recorder.flush()).toThrow(FAILED);
      await expect(recorder.close()).rejects.toEqual(FAILED);
      expect([recorder.path, journal].map((path) => readFileSync(path))).toEqual(before);
    }
  });

  it('fails the next append when its own file could not be written in the background', async () => {
    const recorder = openSample({ sync: 60_000 });
    breakDescriptor(recorder.path);
    recorder.append(statementEvent(1, 'select 1'));
    recorder.flush();
    await vi.waitFor(() => expect(() => recorder.append(statementEvent(2, 'select 2'))).toThrow(FAILED));
    await expect(recorder.close()).rejects.toEqual(FAILED);
  });

  it('fails the next append when a sync in the background failed', async () => {
    const recorder = openSample({ sync: 5 });
    breakDescriptor(recorder.path);
    await vi.waitFor(() => expect(() => recorder.append(statementEvent(1, 'select 1'))).toThrow(FAILED));
    await expect(recorder.close()).rejects.toEqual(FAILED);
  });

  it('takes nothing after close, and closes once', async () => {
    const recorder = openSample();
    const [first, second] = await Promise.all([recorder.close(), recorder.close()]);
    expect(second).toEqual(first);
    expect(await recorder.close()).toEqual(first);
    expect(() => recorder.append(statementEvent(1, 'select 1'))).toThrow(FAILED);
    expect(() => recorder.flush()).toThrow(FAILED);
    expect(statSync(recorder.path).size).toBe(first.bytes);
  });

  it('never continues or replaces a recording that exists', async () => {
    const directory = temporaryDirectory();
    const recorder = openSample({ directory });
    const before = readFileSync(recorder.path);
    expect(() => openSample({ directory })).toThrow(FAILED);
    expect(readFileSync(recorder.path)).toEqual(before);
    await recorder.close();
  });

  it('refuses a session id that is a path, an interval out of range, and a directory of another key', () => {
    const directory = temporaryDirectory();
    const invalid = expect.objectContaining({ code: 'invalid_input' });
    for (const id of ['../s-1', 'a/b', '', '.', 'x'.repeat(65), 's\0']) {
      expect(() => openSample({ directory, sessionId: id })).toThrow(invalid);
    }
    for (const sync of [0, -1, Number.NaN, 1e9])
      expect(() => openSample({ directory, sync })).toThrow(invalid);
    expect(readdirSync(directory)).toEqual([]);
    writeFileSync(`${directory}/${SIGNING_KEY_FILE}`, 'another key');
    expect(() => openSample({ directory })).toThrow(FAILED);
    mkdirSync(`${directory}/file`);
    writeFileSync(`${directory}/file/blocked`, '');
    expect(() => openSample({ directory: `${directory}/file/blocked` })).toThrow(FAILED);
  });

  it('signs the last events of a session that then idles', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const recorder = openSample({ sync: 'strict' });
      recorder.append(statementEvent(1, 'select 1'));
      recorder.flush();
      vi.advanceTimersByTime(100);
      const before = statSync(recorder.path).size;
      vi.advanceTimersByTime(4_999);
      expect(statSync(recorder.path).size).toBe(before);
      vi.advanceTimersByTime(1);
      expect(statSync(recorder.path).size).toBe(before + 154);
      vi.advanceTimersByTime(60_000);
      expect(statSync(recorder.path).size).toBe(before + 154);
      await recorder.close();
    } finally {
      vi.useRealTimers();
    }
  });
});
