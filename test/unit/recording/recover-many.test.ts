/** Sessions of one process that died together: their journal is read once, and what keeps one keeps no other. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { NotedEvent } from '../../../src/recording/events.ts';
import { Journal } from '../../../src/recording/journal/journal.ts';
import type { RecordingKeys } from '../../../src/recording/keys.ts';
import { recoverRecordings } from '../../../src/recording/recover.ts';
import { verifyRecording } from '../../../src/recording/verify.ts';
import { openRecording } from '../../../src/recording/writer.ts';
import { sampleFacts, sampleKeys, statementEvent } from './sample-data.ts';
import { filesOf, readAll, temporaryDirectory } from './sample-recording.ts';

const KEYS = sampleKeys();
/** Fails the recorder that takes it, as a death would, and leaves the journal as it is. */
const TOO_LARGE: NotedEvent = {
  type: 'rows',
  atMs: 1,
  statement: 1,
  columns: [],
  rows: [['x'.repeat(65 * 1_048_576)]],
};

/** How often the key of a journal's segment is asked for: once each time that the segment is read. */
function countingReads(): { keys: RecordingKeys; ofJournal: (journalId: string) => number } {
  const asked: string[] = [];
  const keys: RecordingKeys = {
    ...KEYS,
    findWrapping: async () => ({
      ...KEYS.newest,
      unwrapDataKey: (wrapped, context) => {
        asked.push(Buffer.from(context).toString('latin1'));
        return KEYS.newest.unwrapDataKey(wrapped, context);
      },
    }),
  };
  return { keys, ofJournal: (id) => asked.filter((context) => context.startsWith(`${id}.`)).length };
}

it('seals all of them with what each had in the journal, and leaves the one that is damaged', async () => {
  const directory = temporaryDirectory();
  const journal = new Journal({ directory, keys: KEYS, sync: 100 });
  onTestFinished(() => journal.close().catch(() => undefined));
  const names = ['s-1', 's-2', 's-3', 's-4'];
  const recorders = names.map((sessionId) => openRecording({ journal, facts: sampleFacts(sessionId) }));
  for (const [index, recorder] of recorders.entries()) {
    for (let statement = 1; statement <= index + 1; statement += 1)
      recorder.append(statementEvent(statement, `select ${index}`));
    recorder.flush();
    recorder.note(TOO_LARGE);
  }
  for (const recorder of recorders) {
    await vi.waitFor(() => expect(() => recorder.flush()).toThrow());
  }
  writeFileSync(recorders[1]?.path ?? '', 'damaged');
  rmSync(recorders[2]?.path ?? '');
  const { keys, ofJournal } = countingReads();
  const { id } = journal;
  const outcomes = await recoverRecordings({ directory, keys, sessionIds: [...names, 's-unknown'] });
  expect(ofJournal(id)).toBe(1);
  expect(names.map((name) => outcomes.get(name)?.status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
  ]);
  expect(outcomes.get('s-3')).toEqual({ status: 'fulfilled', value: null });
  expect(outcomes.get('s-unknown')).toEqual({ status: 'fulfilled', value: null });
  for (const [index, count] of [
    [0, 1],
    [3, 4],
  ] as const) {
    const path = recorders[index]?.path ?? '';
    expect((await verifyRecording({ path, publicKeyPem: KEYS.publicKeyPem })).ok).toBe(true);
    expect((await readAll({ path, keys: KEYS })).events.slice(1)).toHaveLength(count);
  }
  // One of its sessions still needs it.
  expect(filesOf(directory, 'sjournal').every((path) => existsSync(path))).toBe(true);
  expect(filesOf(directory, 'sjournal')).toHaveLength(1);
});
