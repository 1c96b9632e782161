/** Recordings beside the audit log: what somebody did to a directory, and how the verifier names it. */
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { WitnessedHead } from '../../../src/audit/log-walk.ts';
import { checkRecordings, type RecordingsResult } from '../../../src/cli/check-recordings.ts';
import { chainAfter, chainStart } from '../../../src/recording/chain.ts';
import { encodeCheckpoint, NOTHING_SET_ASIDE } from '../../../src/recording/checkpoint.ts';
import { parsePublicKey } from '../../../src/recording/public-key.ts';
import { chained, exportLines, exportText, type SampleLogEvent } from '../../support/sample-log.ts';
import { END_EVENT, sampleKeys, statementEvent } from '../recording/sample-data.ts';
import {
  frameSpans,
  type SampleRecording,
  temporaryDirectory,
  writeSample,
} from '../recording/sample-recording.ts';

const KEYS = sampleKeys();
const PUBLIC_KEY = parsePublicKey(KEYS.publicKeyPem);
const SIGNER = KEYS.newest;

let directory: string;
let recordings: readonly [SampleRecording, SampleRecording, SampleRecording];

beforeEach(async () => {
  directory = temporaryDirectory();
  const write = (sessionId: string, text: string): Promise<SampleRecording> =>
    writeSample([statementEvent(1, text), statementEvent(2, 'commit'), END_EVENT], { sessionId, directory });
  recordings = [
    await write('s-1', 'select 1'),
    await write('s-2', 'select 2'),
    await write('s-3', 'select a, b, c'),
  ];
});

const sessionOf = (number: number): SampleRecording => recordings[number - 1] as SampleRecording;

const started = (subject: string): SampleLogEvent => ({ type: 'session.started', subject, data: {} });

function ended(number: number, data: Record<string, unknown> = {}): SampleLogEvent {
  const { headHex: recordingHead, bytes } = sessionOf(number);
  const said = { reason: 'client-closed', recordingHead, recordingBytes: bytes.length, commands: 2, ...data };
  return { type: 'session.ended', subject: `s-${number}`, data: said };
}

/** Of a log that goes on for long after the sessions were recorded. */
const LATER: SampleLogEvent = { type: 'vote.cast', subject: 'r-1', data: {}, at: '2099-01-01T00:00:00.000Z' };

const wholeLog = (): SampleLogEvent[] => [
  ...['s-1', 's-2', 's-3'].map(started),
  ...[1, 2, 3].map((number) => ended(number)),
  LATER,
];

async function check(
  log: readonly SampleLogEvent[] | null,
  options: { paths?: readonly string[]; from?: number; witnessed?: WitnessedHead } = {},
): Promise<RecordingsResult> {
  const path = join(temporaryDirectory(), 'audit.jsonl');
  if (log !== null)
    writeFileSync(path, exportText(exportLines(chained(log).slice(options.from ?? 0), SIGNER)));
  return checkRecordings({
    paths: options.paths ?? [directory],
    key: PUBLIC_KEY,
    log: log === null ? null : path,
    witnessed: options.witnessed ?? null,
    onLog: () => undefined,
    onFile: () => undefined,
  });
}

/** Of each file that is not as it must be: its name, and the first problem. */
function flaws({ results }: RecordingsResult): readonly [string, string | undefined][] {
  return results
    .filter(({ ok }) => !ok)
    .map(({ path, problems }) => [path.slice(directory.length + 1), problems[0]?.code]);
}

const missingOf = ({ missing }: RecordingsResult): readonly string[] =>
  missing.map(({ sessionId }) => sessionId);

/** Cuts the seal and the frame before, and seals what is left as recovery does: everything in it is signed. */
function sealEarlier(number: number): void {
  const { path, bytes } = sessionOf(number);
  const left = frameSpans(bytes).slice(0, -2);
  const chain = left.reduce(
    (before, { start, end }) => chainAfter(before, bytes.subarray(start, end)),
    chainStart(),
  );
  const seal = encodeCheckpoint(
    { kind: 'recovered', wallTimeMs: Date.now(), chain, setAside: NOTHING_SET_ASIDE },
    { sessionId: `s-${number}`, sequence: left.length, sign: SIGNER.sign },
  );
  writeFileSync(path, Buffer.concat([bytes.subarray(0, left.at(-1)?.end), seal]));
}

describe('recordings beside their log', () => {
  it('pass when they are all there, with or without it', async () => {
    const result = await check(wholeLog());
    expect(result.totals).toMatchObject({ files: 3, ok: 3, failed: 0, live: 0, missing: 0, deleted: 0 });
    expect(result.totals.bytes).toBe(recordings.reduce((sum, { bytes }) => sum + bytes.length, 0));
    expect(result.results.map(({ standing }) => standing)).toEqual(['confirmed', 'confirmed', 'confirmed']);
    expect(result.log).toMatchObject({ ok: true, events: 7 });
    expect(await check(null)).toMatchObject({ log: null, missing: [], totals: { ok: 3 } });
  });

  it('name a session whose recording was deleted without a word', async () => {
    rmSync(sessionOf(2).path);
    const result = await check(wholeLog());
    expect(result.missing).toMatchObject([{ sessionId: 's-2', head: sessionOf(2).headHex }]);
    expect(result.totals).toMatchObject({ files: 2, ok: 2, missing: 1 });
    // Of one file alone nobody expects the others.
    expect(missingOf(await check(wholeLog(), { paths: [sessionOf(1).path] }))).toEqual([]);
  });

  it('let a recording go that was deleted in order, and no other', async () => {
    const tombstone = (head: string | null): SampleLogEvent => ({
      type: 'recording.deleted',
      subject: 's-2',
      data: { sessionId: 's-2', head, reason: 'retention', by: null },
    });
    const log = [...wholeLog().slice(0, -1), tombstone(sessionOf(2).headHex), LATER];
    expect((await check(log)).results[1]).toMatchObject({ ok: true, standing: 'deleted' });
    rmSync(sessionOf(2).path);
    expect((await check(log)).totals).toMatchObject({ ok: 2, missing: 0, deleted: 1 });
    const other = await check([...wholeLog().slice(0, -1), tombstone('ab'.repeat(32)), LATER]);
    expect(other.log?.problems).toMatchObject([{ code: 'head_conflict', sequence: 7 }]);
    const early = await check([started('s-2'), tombstone(null), started('s-1'), ended(1), LATER]);
    expect(early.log?.problems).toMatchObject([{ code: 'out_of_order', sequence: 2 }]);
  });

  it('name files that were exchanged by their names, and by their content', async () => {
    const [one, two] = [sessionOf(1).path, sessionOf(2).path];
    renameSync(one, join(directory, 'between'));
    renameSync(two, one);
    renameSync(join(directory, 'between'), two);
    for (const log of [null, wholeLog()]) {
      expect(flaws(await check(log))).toEqual([
        ['s-1.sprec', 'misnamed'],
        ['s-2.sprec', 'misnamed'],
      ]);
    }
    copyFileSync(sessionOf(3).path, two);
    const twice = await check(wholeLog());
    expect(missingOf(twice)).toEqual(['s-1']);
    expect(flaws(twice)).toEqual([
      ['s-1.sprec', 'misnamed'],
      ['s-2.sprec', 'misnamed'],
    ]);
  });

  it('name a cut tail by the byte, also where only the log knows that there was more', async () => {
    const { path, bytes } = sessionOf(2);
    truncateSync(path, bytes.length - 154);
    const cut = await check(wholeLog());
    expect(cut.results[1]?.problems).toMatchObject([
      { code: 'shorter_than_log', offset: bytes.length - 154 },
      { code: 'unsealed', offset: bytes.length - 154 },
    ]);
    expect(cut.missing).toEqual([]);
    writeFileSync(path, bytes);
    sealEarlier(2);
    expect(flaws(await check(null))).toEqual([]);
    expect(flaws(await check(wholeLog()))).toEqual([['s-2.sprec', 'shorter_than_log']]);
    const withoutBytes = wholeLog().map((event) =>
      event.type === 'session.ended' ? { ...event, data: { ...event.data, recordingBytes: null } } : event,
    );
    expect(flaws(await check(withoutBytes))).toEqual([['s-2.sprec', 'head_mismatch']]);
  });

  it('name a recording of which the log knows nothing, unless it is younger or older than the log', async () => {
    const without = wholeLog().filter(({ subject }) => subject !== 's-3');
    expect(flaws(await check(without))).toEqual([['s-3.sprec', 'not_in_log']]);
    expect((await check(without, { from: 1 })).results[2]).toMatchObject({ ok: true, standing: 'outside' });
    // This log ends before any of these files was made.
    const before = await check([started('s-1'), ended(1)]);
    expect(before.results.map(({ ok, standing }) => [ok, standing])).toEqual([
      [true, 'confirmed'],
      [true, 'outside'],
      [true, 'outside'],
    ]);
  });

  it('leave a session that lives without its seal, and no longer than it lives', async () => {
    const { path, bytes } = sessionOf(3);
    const live = wholeLog().filter(({ type, subject }) => type !== 'session.ended' || subject !== 's-3');
    truncateSync(path, bytes.length - 160);
    const result = await check(live);
    expect(result.results[2]).toMatchObject({ ok: true, standing: 'live', headHex: null, problems: [] });
    expect(result.totals).toMatchObject({ ok: 3, live: 1 });
    expect(flaws(await check(wholeLog()))).toEqual([['s-3.sprec', 'shorter_than_log']]);
    // Damage is no excuse.
    const damaged = Buffer.from(bytes);
    damaged.writeUInt8(damaged.readUInt8(700) ^ 1, 700);
    writeFileSync(path, damaged);
    expect((await check(live)).totals.failed).toBe(1);
    rmSync(path);
    expect(missingOf(await check(live))).toEqual(['s-3']);
    expect(missingOf(await check([started('s-3')]))).toEqual([]);
  });

  it('miss what an ended session must have left, and nothing of one in which nothing was asked', async () => {
    rmSync(sessionOf(3).path);
    const endedWith = (data: Record<string, unknown>): SampleLogEvent[] =>
      wholeLog().map((event) =>
        event.type === 'session.ended' && event.subject === 's-3'
          ? { ...event, data: { ...event.data, recordingHead: null, recordingBytes: null, ...data } }
          : event,
      );
    expect(missingOf(await check(endedWith({ commands: 0 })))).toEqual([]);
    expect(missingOf(await check(endedWith({ commands: 1 })))).toEqual(['s-3']);
    expect(missingOf(await check(endedWith({ commands: undefined, reason: 'broker-lost' })))).toEqual([
      's-3',
    ]);
  });

  it('take the head of a recording that was sealed later, and none that contradicts the first', async () => {
    const { headHex, bytes } = sessionOf(2);
    const sealed = (recordingHead: string): SampleLogEvent => ({
      type: 'session.sealed',
      subject: 's-2',
      data: { recordingHead, recordingBytes: bytes.length },
    });
    const first = [started('s-2'), ended(2, { recordingHead: null, recordingBytes: null })];
    const rest = [started('s-1'), ended(1), started('s-3'), ended(3), LATER];
    expect((await check([...first, sealed(headHex), ...rest])).totals).toMatchObject({ ok: 3, failed: 0 });
    const twice = await check([...first, sealed(headHex), sealed('cd'.repeat(32)), ...rest]);
    expect(twice.log?.problems).toMatchObject([{ code: 'head_conflict', sequence: 4 }]);
    expect((await check([ended(2), ...rest])).log?.problems).toMatchObject([
      { code: 'out_of_order', sequence: 1 },
    ]);
  });

  it('are looked for at any depth, and only once', async () => {
    const below = join(directory, '2026', '11');
    mkdirSync(below, { recursive: true });
    renameSync(sessionOf(2).path, join(below, 's-2.sprec'));
    const result = await check(wholeLog(), { paths: [directory, sessionOf(1).path] });
    expect(result.totals).toMatchObject({ files: 3, ok: 3, missing: 0 });
    expect(readFileSync(join(below, 's-2.sprec'))).toEqual(sessionOf(2).bytes);
  });

  it('do not hide that the log itself is not good', async () => {
    const sha256 = 'ab'.repeat(32);
    const result = await check(wholeLog(), { witnessed: { sequence: 2, sha256 } });
    expect(result).toMatchObject({
      totals: { ok: 3 },
      log: { ok: false, problems: [{ code: 'rewritten' }] },
    });
  });
});
