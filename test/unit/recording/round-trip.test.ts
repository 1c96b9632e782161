import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { END_REASONS } from '../../../src/core/session.ts';
import { EFFECTS } from '../../../src/core/statement.ts';
import {
  CHANNEL_KINDS,
  isJournalled,
  type NotedEvent,
  type RecordingEvent,
} from '../../../src/recording/events.ts';
import { recordingPath, SIGNING_KEY_FILE } from '../../../src/recording/layout.ts';
import { verifyRecording } from '../../../src/recording/verify.ts';
import { tries } from '../../support/thoroughness.ts';
import {
  END_EVENT,
  noise,
  record,
  type SampleEvent,
  sampleFacts,
  sampleKeys,
  statementEvent,
} from './sample-data.ts';
import {
  filesOf,
  frameSpans,
  openSample,
  readAll,
  temporaryDirectory,
  writeSample,
} from './sample-recording.ts';

/** Any UTF-16, unpaired surrogates included: what a client sends need not be well-formed. */
const anyText = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
  .map((units) => String.fromCharCode(...units));
const cells = fc.array(fc.option(anyText, { nil: null }), { maxLength: 4 });
const count = fc.nat();
const verdict = fc.oneof(
  fc.record({
    action: fc.constant('allow' as const),
    rule: fc.option(anyText, { nil: null }),
    reason: anyText,
  }),
  fc.record({ action: fc.constant('deny' as const), rule: anyText, reason: anyText }),
);
const analysis = fc.record({
  text: anyText,
  effects: fc.uniqueArray(fc.constantFrom(...EFFECTS), { maxLength: 3 }),
  relations: fc.array(
    fc.record({
      schema: fc.option(anyText, { nil: null }),
      name: anyText,
      access: fc.constantFrom('read' as const, 'write' as const),
    }),
    { maxLength: 2 },
  ),
  functions: fc.array(anyText, { maxLength: 2 }),
  flags: fc.uniqueArray(fc.constantFrom('missing-where' as const, 'explain-only' as const)),
});
const anyStatement = fc
  .record({
    type: fc.constant('statement' as const),
    atMs: count,
    statement: count,
    text: anyText,
    protocol: fc.constantFrom('simple' as const, 'prepare' as const, 'execute' as const),
    parameters: cells,
    analysis: fc.array(analysis, { maxLength: 2 }),
    verdict,
  })
  .map((event) => ({ ...event, textSha256: createHash('sha256').update(event.text).digest('hex') }));
const ofChannel = { atMs: count, channel: count };
const nullableText = fc.option(anyText, { nil: null });
const nullableCount = fc.option(count, { nil: null });
const anyHostEvent = fc.oneof(
  fc.record({
    type: fc.constant('channel' as const),
    ...ofChannel,
    kind: fc.constantFrom(...CHANNEL_KINDS),
    terminal: fc.option(fc.record({ term: anyText, columns: count, rows: count }), { nil: null }),
    detail: nullableText,
  }),
  fc.record({
    type: fc.constant('output' as const),
    ...ofChannel,
    statement: nullableCount,
    stream: fc.constantFrom('stdout' as const, 'stderr' as const),
    text: anyText,
  }),
  fc.record({ type: fc.constant('input' as const), ...ofChannel, statement: nullableCount, text: anyText }),
  fc.record({ type: fc.constant('resize' as const), ...ofChannel, columns: count, rows: count }),
  fc.record({ type: fc.constant('mark' as const), ...ofChannel, label: anyText }),
  fc.record({
    type: fc.constant('file' as const),
    ...ofChannel,
    statement: count,
    direction: fc.constantFrom('download' as const, 'upload' as const),
    path: anyText,
    bytes: count,
    sha256: nullableText,
    complete: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('channel-end' as const),
    ...ofChannel,
    status: nullableCount,
    signal: nullableText,
  }),
);
const anyEvent: fc.Arbitrary<SampleEvent> = fc.oneof(
  anyStatement,
  anyHostEvent,
  fc.record({
    type: fc.constant('rows' as const),
    atMs: count,
    statement: count,
    columns: fc.array(fc.record({ name: anyText, masked: fc.boolean() }), { maxLength: 4 }),
    rows: fc.array(cells, { maxLength: 4 }),
  }),
  fc.record({
    type: fc.constant('outcome' as const),
    atMs: count,
    statement: count,
    durationMs: count,
    tags: fc.array(anyText, { maxLength: 2 }),
    rows: count,
    maskedCells: count,
    error: fc.option(fc.record({ sqlState: anyText, message: anyText }), { nil: null }),
  }),
  fc.record({
    type: fc.constant('end' as const),
    atMs: count,
    reason: fc.constantFrom(...END_REASONS),
    counts: fc.record({
      commands: count,
      denied: count,
      held: count,
      rows: count,
      bytes: count,
      maskedCells: count,
    }),
  }),
);

function recorderBytes(path: string): number {
  return statSync(path).size;
}

describe('a recording', () => {
  it('gives back every event, statements in order, however they were flushed, and verifies', async () => {
    const keys = sampleKeys();
    const directory = temporaryDirectory();
    let session = 0;
    const steps = fc.array(fc.record({ event: anyEvent, flush: fc.boolean() }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        session += 1;
        const facts = sampleFacts(`s-${session}`);
        const recorder = openSample({ directory, keys, sessionId: facts.sessionId });
        for (const { event, flush } of given) {
          record(recorder, event);
          if (flush) recorder.flush();
        }
        const { headHex, bytes } = await recorder.close();

        const read = await readAll({ path: recorder.path, keys });
        // What came of statements may stand behind later ones; both keep their order.
        const events = given.map(({ event }) => event);
        expect(read.events[0]).toEqual({ type: 'start', atMs: 0, facts });
        for (const journalled of [true, false]) {
          const ofKind = ({ type }: RecordingEvent): boolean => isJournalled(type) === journalled;
          const expected: readonly RecordingEvent[] = events;
          expect(read.events.slice(1).filter(ofKind)).toEqual(expected.filter(ofKind));
        }
        expect(read.end).toEqual({ complete: true, sealedBy: 'close', problem: null });
        const verified = await verifyRecording({ path: recorder.path, publicKeyPem: keys.publicKeyPem });
        expect(verified).toMatchObject({
          ok: true,
          sessionId: facts.sessionId,
          headHex,
          sealedBy: 'close',
          problems: [],
        });
        expect(statSync(recorder.path).size).toBe(bytes);
      }),
      { numRuns: tries({ byDay: 30, byNight: 600 }) },
    );
  });

  it('gives back statements that repeat each other, more of them than a table holds', async () => {
    const keys = sampleKeys();
    const recorder = openSample({ keys });
    const templates = Array.from({ length: 1_500 }, (_, index) => ({ text: `select ${index}` }));
    const given: RecordingEvent[] = [];
    // Steps of 7 and 1,100 come back to a template before and after it was forgotten.
    for (let number = 1; number <= 6_000; number += 1) {
      const template = templates[(number * (number % 3 === 0 ? 1_100 : 7)) % templates.length];
      if (template === undefined) throw new Error('there is no such template');
      const text = number % 5 === 0 ? ` ${template.text} + ${number}\n` : template.text;
      const event = {
        ...statementEvent(number, text),
        analysis: [{ text: text.trim(), effects: ['select'], relations: [], functions: [], flags: [] }],
        verdict: { action: 'allow', rule: null, reason: number % 11 === 0 ? 'other' : 'same' },
      } satisfies RecordingEvent;
      given.push(event);
      recorder.append(event, template);
      if (number % 4 === 0) recorder.flush();
    }
    await recorder.close();
    const { events, end } = await readAll({ path: recorder.path, keys });
    expect(end.complete).toBe(true);
    expect(events.slice(1)).toEqual(given);
    expect(recorderBytes(recorder.path)).toBeLessThan(6_000 * 250);
  });

  it('writes a long statement in full each time, so that no table grows with what a client sends', async () => {
    const keys = sampleKeys();
    const recorder = openSample({ keys });
    const template = {};
    const journalPath = filesOf(dirname(recorder.path), 'sjournal')[0] ?? '';
    for (const length of [16_384, 16_385]) {
      const before = statSync(journalPath).size;
      for (let number = 1; number <= 10; number += 1)
        recorder.append(statementEvent(length + number, noise(length)), template);
      recorder.flush();
      const written = await vi.waitFor(async () => {
        const { events } = await readAll({ path: recorder.path, keys });
        expect(events).toHaveLength(length === 16_384 ? 11 : 21);
        // In the journal nothing is packed.
        return statSync(journalPath).size - before;
      });
      if (length === 16_384) expect(written).toBeLessThan(2 * length);
      else expect(written).toBeGreaterThan(10 * length);
    }
    await recorder.close();
    const { events, end } = await readAll({ path: recorder.path, keys });
    expect(end.complete).toBe(true);
    expect(events).toHaveLength(21);
  });

  it('writes notes by itself, and before anything but a statement', async () => {
    const keys = sampleKeys();
    const recorder = openSample({ keys });
    const outcome = (statement: number): NotedEvent => ({
      type: 'outcome',
      atMs: 1,
      statement,
      durationMs: 1,
      tags: ['SELECT 1'],
      rows: 1,
      maskedCells: 0,
      error: null,
    });
    recorder.append(statementEvent(1, 'select 1'));
    recorder.flush();
    recorder.note(outcome(1));
    await vi.waitFor(async () =>
      expect((await readAll({ path: recorder.path, keys })).events).toHaveLength(3),
    );
    recorder.append(statementEvent(2, 'select 2'));
    recorder.note(outcome(2));
    recorder.append(END_EVENT);
    await recorder.close();
    const { events } = await readAll({ path: recorder.path, keys });
    expect(events.map(({ type }) => type)).toEqual([
      'start',
      'statement',
      'outcome',
      'statement',
      'outcome',
      'end',
    ]);
  });

  it('gives the same verdict from bytes as from the file', async () => {
    const sample = await writeSample([statementEvent(1, 'select 1'), END_EVENT]);
    const { publicKeyPem } = sample.keys;
    const fromFile = await verifyRecording({ path: sample.path, publicKeyPem });
    expect(await verifyRecording({ bytes: sample.bytes, publicKeyPem })).toEqual(fromFile);
    expect(fromFile.headHex).toBe(sample.headHex);
  });

  it('splits an event that is larger than a frame and gives it back whole', async () => {
    const text = `select '${'ü'.repeat(1_000_000)}'`;
    const sample = await writeSample([statementEvent(1, text), END_EVENT]);
    const types = frameSpans(sample.bytes).map((span) => span.type);
    expect(types.filter((type) => type === 3).length).toBe(7);
    const { events, end } = await readAll(sample);
    expect(events).toEqual([expect.anything(), statementEvent(1, text), END_EVENT]);
    expect(end.complete).toBe(true);
  });

  it('refuses an event beyond the limit and goes on', async () => {
    const directory = temporaryDirectory();
    const keys = sampleKeys();
    const recorder = openSample({ directory, keys });
    const huge = statementEvent(1, 'x'.repeat(64 * 1024 * 1024));
    expect(() => recorder.append(huge)).toThrow(expect.objectContaining({ code: 'too_large' }));
    recorder.append(statementEvent(2, 'select 2'));
    await recorder.close();
    const { events, end } = await readAll({ path: recorder.path, keys });
    expect(events.slice(1)).toEqual([statementEvent(2, 'select 2')]);
    expect(end.complete).toBe(true);
  });

  it('signs at intervals while events arrive', async () => {
    // Each is a frame of its own.
    const text = 'x'.repeat(200_000);
    for (const [length, checkpoints] of [
      [63, 2],
      [64, 3],
      [129, 4],
    ] as const) {
      const recorder = openSample();
      for (let number = 1; number <= length; number += 1) recorder.append(statementEvent(number, text));
      await recorder.close();
      const spans = frameSpans(readFileSync(recorder.path));
      expect(spans.filter((span) => span.type === 4)).toHaveLength(checkpoints);
    }
  });

  it('holds nothing of what was said in clear', async () => {
    const marks = [
      'hush-statement',
      'hush-parameter',
      'hush-cell',
      'hush-column',
      'alice@example.com',
      'slow checkout',
    ];
    const sample = await writeSample([
      { ...statementEvent(1, 'select hush-statement'), parameters: ['hush-parameter'] },
      {
        type: 'rows',
        atMs: 1,
        statement: 1,
        columns: [{ name: 'hush-column', masked: false }],
        rows: [['hush-cell']],
      },
    ]);
    for (const mark of marks) expect(sample.bytes.includes(mark)).toBe(false);
    expect(sample.bytes.includes(Buffer.alloc(32, 1))).toBe(false);
  });

  it('is readable by its owner alone, beside the public key', async () => {
    const directory = join(temporaryDirectory(), 'recordings');
    const sample = await writeSample([END_EVENT], { directory });
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(sample.path).mode & 0o777).toBe(0o600);
    expect(sample.path).toBe(recordingPath(directory, 's-1'));
    expect(readFileSync(join(directory, SIGNING_KEY_FILE), 'utf8')).toBe(sample.keys.publicKeyPem);
  });

  it('never encrypts two sessions alike', async () => {
    const first = await writeSample([statementEvent(1, 'select 1')], { sessionId: 's-1' });
    const second = await writeSample([statementEvent(1, 'select 1')], { sessionId: 's-2' });
    const [firstEvent, secondEvent] = [first, second].map(({ bytes }) => {
      const span = frameSpans(bytes).at(-2);
      return bytes.subarray((span?.start ?? 0) + 9, (span?.end ?? 0) - 32);
    });
    expect(firstEvent?.length).toBe(secondEvent?.length);
    expect(firstEvent?.equals(secondEvent ?? Buffer.alloc(0))).toBe(false);
  });
});
