/**
 * The promise of the recorder: whatever sessions do at the same time and wherever the process dies, what was
 * flushed before is in the recovered recording, once and in order.
 */
import { cpSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import type { NotedEvent } from '../../../src/recording/events.ts';
import { Journal } from '../../../src/recording/journal/journal.ts';
import { removeSpentJournals } from '../../../src/recording/journal/spent.ts';
import type { Recorder } from '../../../src/recording/recorder.ts';
import { recoverRecording } from '../../../src/recording/recover.ts';
import { verifyRecording } from '../../../src/recording/verify.ts';
import { openRecording } from '../../../src/recording/writer.ts';
import { tries } from '../../support/thoroughness.ts';
import { sampleFacts, sampleKeys, statementEvent } from './sample-data.ts';
import { IN_MEMORY, readAll, temporaryDirectory } from './sample-recording.ts';

const KEYS = sampleKeys();
const SESSIONS = ['s-1', 's-2', 's-3'];

const session = fc.integer({ min: 0, max: SESSIONS.length - 1 });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('append' as const), session, long: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('note' as const), session }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('flush' as const), session }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(40, 100, 5_100) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const), session }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What is random comes upon one in twelve runs. */
const CUT_IN_A_FILE = {
  steps: [
    { kind: 'append', session: 0, long: true },
    { kind: 'flush', session: 0 },
    { kind: 'pass', ms: 5_100 },
  ],
  cut: 5,
  segmentBytes: 1_000_000,
} as const satisfies { readonly steps: readonly Step[]; readonly cut: number; readonly segmentBytes: number };

interface Session {
  readonly recorder: Recorder;
  appended: number;
  flushed: number;
  noted: number;
  closed: boolean;
}

afterEach(() => void vi.useRealTimers());

function outcome(statement: number): NotedEvent {
  return {
    type: 'outcome',
    atMs: statement * 10,
    statement,
    durationMs: 1,
    tags: [],
    rows: 0,
    maskedCells: 0,
    error: null,
  };
}

async function take(sessions: readonly Session[], given: Step): Promise<void> {
  if (given.kind === 'pass') {
    await vi.advanceTimersByTimeAsync(given.ms);
    await new Promise((resolve) => setImmediate(resolve));
    return;
  }
  const one = sessions[given.session];
  if (one === undefined || one.closed) return;
  switch (given.kind) {
    case 'append': {
      one.appended += 1;
      one.recorder.append(statementEvent(one.appended, given.long ? 'x'.repeat(1_500) : 'select 1'));
      return;
    }
    case 'note':
      one.noted += 1;
      return one.recorder.note(outcome(one.noted));
    case 'flush':
      one.recorder.flush();
      for (const each of sessions) if (!each.closed) each.flushed = each.appended;
      return;
    case 'close':
      one.closed = true;
      await one.recorder.close();
  }
}

function sizes(directory: string): Map<string, number> {
  return new Map(readdirSync(directory).map((name) => [name, statSync(join(directory, name)).size]));
}

/** The files as they are when the process dies inside its last step: one of its writes was cut. */
function crashedCopy(directory: string, input: { before: Map<string, number>; cut: number }): string {
  const copy = temporaryDirectory(IN_MEMORY);
  cpSync(directory, copy, { recursive: true });
  const after = [...sizes(copy)].filter(([name]) => /\.(sprec|sjournal)$/.test(name)).toSorted();
  const grown = after.filter(([name, bytes]) => bytes > (input.before.get(name) ?? 0));
  // Of several segments only the last can be in the making.
  const [name, bytes] = grown.at(-1) ?? ['', 0];
  const from = input.before.get(name) ?? 0;
  if (name !== '' && from > 0) truncateSync(join(copy, name), from + (input.cut % (bytes - from + 1)));
  return copy;
}

it('keeps every flushed statement, in order and once, for any interleaving and a cut anywhere', async () => {
  const runs = fc.record({
    steps: fc.array(step, { minLength: 1, maxLength: 60 }),
    cut: fc.nat(),
    segmentBytes: fc.constantFrom(2_000, 6_000, 1_000_000),
  });
  const seen = { recovered: 0, fromJournal: 0, setAside: 0 };
  await fc.assert(
    fc.asyncProperty(runs, async ({ steps, cut, segmentBytes }) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const directory = temporaryDirectory(IN_MEMORY);
      const journal = new Journal({ directory, keys: KEYS, sync: 60_000, segmentBytes });
      const sessions = SESSIONS.map((id): Session => {
        const recorder = openRecording({ journal, facts: sampleFacts(id) });
        return { recorder, appended: 0, flushed: 0, noted: 0, closed: false };
      });
      for (const given of steps.slice(0, -1)) await take(sessions, given);
      const acknowledged = sessions.map(({ flushed, closed, appended }) => (closed ? appended : flushed));
      const before = sizes(directory);
      const last = steps.at(-1);
      if (last !== undefined) await take(sessions, last);
      const copy = crashedCopy(directory, { before, cut });
      vi.useRealTimers();
      for (const [index, sessionId] of SESSIONS.entries()) {
        const path = join(copy, `${sessionId}.sprec`);
        const inFile = statSync(path).size;
        const recovery = await recoverRecording({ directory: copy, keys: KEYS, sessionId });
        const verified = await verifyRecording({ path, publicKeyPem: KEYS.publicKeyPem });
        expect(verified).toMatchObject({ ok: true, headHex: recovery?.headHex });
        const { events, end } = await readAll({ path, keys: KEYS });
        expect(end.complete).toBe(true);
        const numbers = (type: string) =>
          events.flatMap((e) => (e.type === type && 'statement' in e ? [e.statement] : []));
        const statements = numbers('statement');
        const { appended = 0, noted = 0 } = sessions[index] ?? {};
        expect(statements).toEqual(upTo(statements.length));
        expect(statements.length).toBeGreaterThanOrEqual(acknowledged[index] ?? 0);
        expect(statements.length).toBeLessThanOrEqual(appended);
        expect(numbers('outcome')).toEqual(upTo(Math.min(noted, numbers('outcome').length)));
        seen.recovered += 1;
        if (statSync(path).size > inFile + 154) seen.fromJournal += 1;
        if ((recovery?.setAsideBytes ?? 0) > 0) seen.setAside += 1;
      }
      // As the next process does: a journal of sealed sessions may be left when nothing had to be recovered.
      expect(await removeSpentJournals({ directory: copy, keys: KEYS })).toEqual([]);
      expect(readdirSync(copy).filter((name) => name.endsWith('.sjournal'))).toEqual([]);
      await Promise.all(sessions.map(({ recorder }) => recorder.close()));
    }),
    {
      numRuns: tries({ byDay: 50, byNight: 1_500 }),
      examples: [[{ ...CUT_IN_A_FILE, steps: [...CUT_IN_A_FILE.steps] }]],
    },
  );
  // Else it would have tried nothing.
  expect(seen.fromJournal).toBeGreaterThan(seen.recovered / 30);
  expect(seen.setAside).toBeGreaterThan(0);
});

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
