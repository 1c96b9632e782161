import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { NotedEvent } from '../../../src/recording/events.ts';
import { Journal, type JournalInput } from '../../../src/recording/journal/journal.ts';
import { readJournal } from '../../../src/recording/journal/read.ts';
import { removeIfSpent, removeSpentJournals } from '../../../src/recording/journal/spent.ts';
import type { Recorder } from '../../../src/recording/recorder.ts';
import { recoverRecording } from '../../../src/recording/recover.ts';
import { openRecording } from '../../../src/recording/writer.ts';
import { places } from '../../support/thoroughness.ts';
import { END_EVENT, sampleFacts, sampleKeys, statementEvent } from './sample-data.ts';
import { crashSample, filesOf, readAll, temporaryDirectory } from './sample-recording.ts';

const KEYS = sampleKeys();
/** Fails the recorder that takes it, a moment later, and leaves the journal as it is. */
const TOO_LARGE: NotedEvent = {
  type: 'rows',
  atMs: 1,
  statement: 1,
  columns: [],
  rows: [['x'.repeat(65 * 1_048_576)]],
};
const FAILED = expect.objectContaining({ code: 'recording_failed' });

function open(options: Partial<JournalInput> = {}): Journal {
  const journal = new Journal({ directory: temporaryDirectory(), keys: KEYS, sync: 100, ...options });
  onTestFinished(() => journal.close().catch(() => undefined));
  return journal;
}

function begin(journal: Journal, sessionId: string): Recorder {
  return openRecording({ journal, facts: sampleFacts(sessionId) });
}

function segments(journal: Journal): number[] {
  return filesOf(journal.directory, 'sjournal').map((path) => Number(basename(path).split('.')[1]));
}

/** `SESSION ORDINAL` of everything in it. */
async function placesIn(directory: string, journalId: string): Promise<string[]> {
  const places: string[] = [];
  for await (const entry of readJournal({ directory, keys: KEYS, journalId }))
    places.push(`${entry.sessionId} ${entry.ordinal}`);
  return places;
}

/** Lets so much time pass that every session has signed its last events and asked for its file to be synced. */
async function idle(work: () => void): Promise<void> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    work();
    await vi.advanceTimersByTimeAsync(5_200);
  } finally {
    vi.useRealTimers();
  }
}

describe('a journal', () => {
  it('is made for the first session and removed behind the last', async () => {
    const journal = open();
    expect(filesOf(journal.directory, 'sjournal')).toEqual([]);
    const [one, other] = [begin(journal, 's-1'), begin(journal, 's-2')];
    expect(segments(journal)).toEqual([1]);
    expect(statSync(filesOf(journal.directory, 'sjournal')[0] ?? '').mode & 0o777).toBe(0o600);
    await one.close();
    expect(segments(journal)).toEqual([1]);
    await other.close();
    await vi.waitFor(() => expect(segments(journal)).toEqual([]));
    const third = begin(journal, 's-3');
    expect(segments(journal)).toEqual([2]);
    await third.close();
  });

  it('takes the lines of every session in the first flush of a turn', async () => {
    for (const sync of ['strict', 60_000] as const) {
      const journal = open({ sync });
      const recorders = ['s-1', 's-2', 's-3'].map((sessionId) => begin(journal, sessionId));
      const [path = ''] = filesOf(journal.directory, 'sjournal');
      for (const recorder of recorders) recorder.append(statementEvent(1, 'select 1'));
      const before = statSync(path).size;
      recorders[1]?.flush();
      const after = statSync(path).size;
      expect(after).toBeGreaterThan(before);
      for (const recorder of recorders) recorder.flush();
      expect(statSync(path).size).toBe(after);
      const places = await placesIn(journal.directory, journal.id);
      expect(places).toEqual(['s-1 0', 's-2 0', 's-3 0', 's-1 1', 's-2 1', 's-3 1']);
      for (const recorder of recorders) await recorder.close();
    }
  });

  it('writes by itself when much is pending', async () => {
    const journal = open();
    const recorder = begin(journal, 's-1');
    const [path = ''] = filesOf(journal.directory, 'sjournal');
    const before = statSync(path).size;
    // With what stands around the text less than 1 MiB, then more.
    recorder.append(statementEvent(1, 'x'.repeat(1_048_000)));
    expect(statSync(path).size).toBe(before);
    recorder.append(statementEvent(2, 'x'.repeat(1_000)));
    expect(statSync(path).size).toBeGreaterThan(before + 1_048_576);
    await recorder.close();
  });

  it('goes on in another segment, and removes what every session has in its own file', async () => {
    const journal = open({ segmentBytes: 4_096 });
    const [resting, busy] = [begin(journal, 's-resting'), begin(journal, 's-busy')];
    const write = (from: number): void => {
      for (let statement = from; statement < from + 30; statement += 1) {
        busy.append(statementEvent(statement, 'x'.repeat(500)));
        busy.flush();
      }
    };
    await idle(() => {
      resting.append(statementEvent(1, 'select 1'));
      write(1);
      expect(segments(journal)).toEqual([1, 2, 3, 4, 5]);
    });
    await vi.waitFor(() => expect(segments(journal)).toEqual([5]));
    // What is left names both, and neither needs a line of it.
    const left = await placesIn(journal.directory, journal.id);
    expect(left.slice(0, 2)).toEqual(['s-resting 0', 's-busy 0']);
    await idle(() => write(31));
    await vi.waitFor(() => expect(segments(journal)).toHaveLength(1));
    await Promise.all([resting.close(), busy.close()]);
    await vi.waitFor(() => expect(segments(journal)).toEqual([]));
  });

  it('keeps what a session needs whose recorder failed, until it is sealed', async () => {
    const journal = open({ segmentBytes: 4_096 });
    const { directory } = journal;
    const [failing, living] = [begin(journal, 's-failing'), begin(journal, 's-living')];
    failing.append(statementEvent(1, 'select 1'));
    failing.flush();
    failing.note(TOO_LARGE);
    await vi.waitFor(() => expect(() => failing.flush()).toThrow(FAILED));
    const write = (): void => {
      for (let statement = 1; statement <= 20; statement += 1) {
        living.append(statementEvent(statement, 'x'.repeat(500)));
        living.flush();
      }
    };
    await idle(write);
    expect(segments(journal)[0]).toBe(1);
    await recoverRecording({ directory, keys: KEYS, sessionId: 's-failing' });
    expect((await readAll({ path: failing.path, keys: KEYS })).events).toHaveLength(2);
    expect(segments(journal)[0]).toBe(1);
    await idle(write);
    await vi.waitFor(() => expect(segments(journal)[0]).toBeGreaterThan(1));
    await living.close();
    await vi.waitFor(() => expect(segments(journal)).toEqual([]));
  });

  it('begins another segment when recovery has removed the last one', async () => {
    const journal = open();
    const { directory } = journal;
    const failing = begin(journal, 's-1');
    failing.note(TOO_LARGE);
    await vi.waitFor(() => expect(() => failing.flush()).toThrow(FAILED));
    await recoverRecording({ directory, keys: KEYS, sessionId: 's-1' });
    expect(segments(journal)).toEqual([]);
    const next = begin(journal, 's-2');
    expect(segments(journal)).toEqual([2]);
    next.append(statementEvent(1, 'select 1'));
    next.flush();
    await next.close();
  });

  it('fails every recording when it cannot be written, and begins again with the next session', async () => {
    const journal = open();
    const [one, other] = [begin(journal, 's-1'), begin(journal, 's-2')];
    const { id } = journal;
    one.append(statementEvent(1, 'select 1'));
    one.flush();
    rmSync(filesOf(journal.directory, 'sjournal')[0] ?? '');
    expect(() => begin(journal, 's-3')).toThrow(FAILED);
    for (const recorder of [one, other]) {
      expect(() => recorder.append(statementEvent(2, 'select 2'))).toThrow(FAILED);
      await expect(recorder.close()).rejects.toEqual(FAILED);
    }
    const next = begin(journal, 's-4');
    expect(journal.id).not.toBe(id);
    await next.close();
  });

  it('notices within the sync interval that its file is gone', async () => {
    const journal = open({ sync: 5 });
    const recorder = begin(journal, 's-1');
    rmSync(filesOf(journal.directory, 'sjournal')[0] ?? '');
    await vi.waitFor(() => {
      expect(() => {
        recorder.append(statementEvent(1, 'select 1'));
        recorder.flush();
      }).toThrow(FAILED);
    });
  });

  it('notices at the next write that its file is gone, when each write is synced', () => {
    const journal = open({ sync: 'strict' });
    const recorder = begin(journal, 's-1');
    rmSync(filesOf(journal.directory, 'sjournal')[0] ?? '');
    recorder.append(statementEvent(1, 'select 1'));
    expect(() => recorder.flush()).toThrow(FAILED);
  });

  it('does not wait for a recording that is gone', async () => {
    const journal = open({ segmentBytes: 4_096 });
    const [gone, living] = [begin(journal, 's-gone'), begin(journal, 's-living')];
    gone.append(statementEvent(1, 'select 1'));
    rmSync(gone.path);
    await vi.waitFor(() => expect(() => gone.flush()).toThrow(FAILED));
    await idle(() => {
      for (let statement = 1; statement <= 60; statement += 1) {
        living.append(statementEvent(statement, 'x'.repeat(500)));
        living.flush();
      }
    });
    await vi.waitFor(() => expect(segments(journal)).toHaveLength(1));
    await living.close();
    await vi.waitFor(() => expect(segments(journal)).toEqual([]));
  });

  it('closes its descriptor once when another segment cannot be begun', async () => {
    const journal = open({ segmentBytes: 1 });
    const recorder = begin(journal, 's-1');
    const [path = ''] = filesOf(journal.directory, 'sjournal');
    mkdirSync(path.replace('.000001.', '.000002.'));
    recorder.append(statementEvent(1, 'select 1'));
    expect(() => recorder.flush()).toThrow(FAILED);
    // The number is free after the first close, and would be somebody else's at the second.
    const others: number[] = [];
    for (let ticks = 0; ticks < 50; ticks += 1) {
      others.push(openSync('/dev/null', 'r'));
      await Promise.resolve();
    }
    expect(new Set(others).size).toBe(others.length);
    for (const fd of others) closeSync(fd);
  });

  it('has each session wait for its turn to be synced once, however slow the disk is', async () => {
    const journal = open();
    const recorder = begin(journal, 's-1');
    const { promise: slow, resolve: done } = Promise.withResolvers<void>();
    journal.syncInTurn(() => slow);
    const turns = vi.spyOn(journal, 'syncInTurn');
    for (let statement = 1; statement <= 3; statement += 1)
      await idle(() => recorder.append(statementEvent(statement, 'select 1')));
    expect(turns).toHaveBeenCalledTimes(1);
    done();
    await new Promise<void>((resolve) => journal.syncInTurn(async () => resolve()));
    await idle(() => recorder.append(statementEvent(4, 'select 1')));
    expect(turns).toHaveBeenCalledTimes(3);
    await recorder.close();
  });

  it('holds nothing of what was said in clear', async () => {
    const { journal } = crashSample([statementEvent(1, 'select secret_of_alice')]);
    const bytes = readFileSync(journal);
    for (const text of ['secret_of_alice', 'statement', 's-1']) expect(bytes.includes(text)).toBe(false);
  });
});

describe('recovery from a journal', () => {
  const EVENTS = [statementEvent(1, 'select 1'), statementEvent(2, 'select 2'), END_EVENT];

  it('loses only the unfinished write, for a cut at every byte of the last frame', async () => {
    const sample = crashSample(EVENTS, { inJournalOnly: 2 });
    const { directory, keys, path } = sample;
    const whole = readFileSync(sample.journal);
    const lastAt = lastFrameAt(whole);
    for (const length of places({ from: lastAt, to: whole.length + 1, edge: 24, every: 4 })) {
      writeFileSync(path, sample.bytes);
      writeFileSync(sample.journal, whole.subarray(0, length));
      await recoverRecording({ directory, keys, sessionId: 's-1' });
      const { events, end } = await readAll({ path, keys });
      expect(events.slice(1)).toEqual(EVENTS.slice(0, length === whole.length ? 3 : 2));
      expect(end.complete).toBe(true);
      expect(existsSync(sample.journal)).toBe(false);
    }
  });

  it('can be cut at every byte of what it appends, and goes on', async () => {
    const sample = crashSample(EVENTS, { inJournalOnly: 2 });
    const { directory, keys, path } = sample;
    const journal = readFileSync(sample.journal);
    await recoverRecording({ directory, keys, sessionId: 's-1' });
    const recovered = readFileSync(path);
    for (const length of places({ from: sample.bytes.length, to: recovered.length, edge: 24, every: 8 })) {
      writeFileSync(path, recovered.subarray(0, length));
      writeFileSync(sample.journal, journal);
      await recoverRecording({ directory, keys, sessionId: 's-1' });
      const { events, end } = await readAll({ path, keys });
      expect(events.slice(1)).toEqual(EVENTS);
      expect(end.complete).toBe(true);
    }
  }, 120_000);

  it('refuses a journal that is damaged anywhere, and says where', async () => {
    const sample = crashSample(EVENTS, { inJournalOnly: 1 });
    const { directory, keys, path } = sample;
    const whole = readFileSync(sample.journal);
    for (const at of places({ from: 0, to: whole.length, edge: 16, every: 6 })) {
      const damaged = Buffer.from(whole);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
      writeFileSync(sample.journal, damaged);
      await expect(recoverRecording({ directory, keys, sessionId: 's-1' })).rejects.toMatchObject({
        code: expect.stringMatching(/^(recording_failed|config_invalid)$/),
        message: expect.stringContaining(basename(sample.journal)),
      });
      expect(readFileSync(path)).toEqual(sample.bytes);
      expect(readFileSync(sample.journal)).toEqual(damaged);
    }
  });

  it('takes the zeros that a power cut leaves for an unfinished write', async () => {
    const sample = crashSample(EVENTS, { inJournalOnly: 2 });
    const whole = readFileSync(sample.journal);
    const lastAt = lastFrameAt(whole);
    for (const from of [lastAt, lastAt + 8, lastAt + 20, whole.length - 32]) {
      writeFileSync(sample.path, sample.bytes);
      writeFileSync(sample.journal, Buffer.concat([Buffer.from(whole).fill(0, from), Buffer.alloc(5_000)]));
      await recoverRecording({ ...sample, sessionId: 's-1' });
      expect((await readAll(sample)).events.slice(1)).toEqual(EVENTS.slice(0, 2));
    }
  });

  it('refuses when the journal is gone, or lacks a line or a segment', async () => {
    const sample = crashSample(EVENTS, { inJournalOnly: 2 });
    const recovering = () => recoverRecording({ ...sample, sessionId: 's-1' });
    const second = sample.journal.replace('.000001.', '.000003.');
    copyFileSync(sample.journal, second);
    await expect(recovering()).rejects.toThrow(/segment 2 is missing/);
    rmSync(second);
    rmSync(sample.journal);
    await expect(recovering()).rejects.toThrow(/its journal j-[0-9a-f]{16} is not there/);
    expect(readFileSync(sample.path)).toEqual(sample.bytes);
  });

  it('reads a journal that is still written to, and leaves it', async () => {
    const journal = open();
    const [lost, living] = [begin(journal, 's-lost'), begin(journal, 's-living')];
    lost.append(statementEvent(1, 'select 1'));
    living.append(statementEvent(1, 'select 1'));
    lost.flush();
    lost.note(TOO_LARGE);
    await vi.waitFor(() => expect(() => lost.flush()).toThrow(FAILED));
    const { directory } = journal;
    const recovery = await recoverRecording({ directory, keys: KEYS, sessionId: 's-lost' });
    expect(recovery?.setAsideBytes).toBe(0);
    expect((await readAll({ path: lost.path, keys: KEYS })).events.slice(1)).toEqual([
      statementEvent(1, 'select 1'),
    ]);
    expect(segments(journal)).toEqual([1]);
    expect(await removeIfSpent({ directory, keys: KEYS, journalId: journal.id })).toBe(false);
    await living.close();
  });
});

describe('journals that a crash left behind', () => {
  it('are removed when all their sessions are sealed, and not before', async () => {
    const sample = crashSample([END_EVENT]);
    const { directory, keys } = sample;
    const copy = readFileSync(sample.journal);
    expect(await removeSpentJournals({ directory, keys })).toEqual([]);
    expect(existsSync(sample.journal)).toBe(true);
    await recoverRecording({ directory, keys, sessionId: 's-1' });
    expect(existsSync(sample.journal)).toBe(false);
    writeFileSync(sample.journal, copy);
    expect(await removeSpentJournals({ directory, keys })).toEqual([]);
    expect(existsSync(sample.journal)).toBe(false);
  });

  it('are removed when the recording that cannot be sealed is given up, and not when it is only gone', async () => {
    const sample = crashSample([END_EVENT]);
    const { directory, keys, path } = sample;
    const damaged = Buffer.from(sample.bytes);
    damaged.writeUInt8(damaged.readUInt8(20) ^ 1, 20);
    writeFileSync(path, damaged);
    await expect(recoverRecording({ directory, keys, sessionId: 's-1' })).rejects.toThrow(
      /rename s-1\.sprec to s-1\.sprec\.released/,
    );
    rmSync(path);
    await removeSpentJournals({ directory, keys });
    expect(existsSync(sample.journal)).toBe(true);
    writeFileSync(`${path}.released`, damaged);
    expect(await recoverRecording({ directory, keys, sessionId: 's-1' })).toBeNull();
    await removeSpentJournals({ directory, keys });
    expect(existsSync(sample.journal)).toBe(false);
    expect(readFileSync(`${path}.released`)).toEqual(damaged);
  });

  it('stay when they cannot be read, or have just been begun', async () => {
    const directory = temporaryDirectory();
    const begun = join(directory, 'j-0000000000000001.000001.sjournal');
    const damaged = join(directory, 'j-0000000000000002.000001.sjournal');
    writeFileSync(begun, '');
    writeFileSync(damaged, 'damaged!');
    const problems = await removeSpentJournals({ directory, keys: KEYS });
    expect(problems).toEqual([{ journalId: 'j-0000000000000002', problem: FAILED }]);
    expect(existsSync(begun) && existsSync(damaged)).toBe(true);
  });
});

/** Where the last frame of a segment begins: the test's own reading of the format. */
function lastFrameAt(segment: Buffer): number {
  let last = 0;
  for (let at = 16 + segment.readUInt32BE(8); at < segment.length; at += 40 + segment.readUInt32BE(at))
    last = at;
  return last;
}
