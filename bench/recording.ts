/**
 * What recording costs: processor time of everything that it does, in the data path and in the background, for a
 * statement and for a megabyte of what a terminal shows; what that takes on the disk; and its share of the data path's
 * time.
 */

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../src/core/secret.ts';
import type { SessionFacts } from '../src/recording/events.ts';
import { Journal } from '../src/recording/journal/journal.ts';
import { createRecordingKeys, type RecordingKeys } from '../src/recording/keys.ts';
import type { Recorder } from '../src/recording/recorder.ts';
import { verifyRecording } from '../src/recording/verify.ts';
import { openRecording } from '../src/recording/writer.ts';
import { type AloneCost, measureShare } from './recording-share.ts';
import { type BenchCost, type BenchReport, median } from './report.ts';

const ROUNDS = 5;
const STATEMENTS = 20_000;
/** Of one turn of the event loop: clients that share a write. */
const TURNS = [1, 8] as const;
const RESULTS = 500;
const RESULT_ROWS = 100;
/** Of a row: three values. */
const ROW_BYTES = 120;
const RESULT_BYTES = RESULT_ROWS * ROW_BYTES;
const OUTPUTS = 2_000;
const OUTPUT_BYTES = 4_096;
const MEGABYTE = 1_000_000;
const FACTS: Omit<SessionFacts, 'sessionId'> = {
  grantId: 'g-aaaaaaaa',
  requestId: 'r-1',
  holder: { id: 'p-1', name: 'Alice', email: 'alice@example.com' },
  approvers: [],
  resource: 'orders-db',
  resourceKind: 'postgres',
  role: 'read',
  reason: 'a bench',
  incident: null,
  clientAddress: '127.0.0.1',
  application: 'bench',
  policyVersion: 'v1',
  startedAt: '2026-11-21T10:00:00.000Z',
};

interface Recorded {
  readonly microseconds: number;
  readonly bytes: number;
}

export async function benchRecording(): Promise<BenchReport> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  const { privateKey } = generateKeyPairSync('ed25519');
  const keys = createRecordingKeys({ masterKey: new Secret(randomBytes(32)), signingKey: privateKey });
  const costs: BenchCost[] = [];
  const add = (name: string, unit: string, value: number): void => void costs.push({ name, unit, value });
  try {
    const alone: AloneCost[] = [];
    for (const inTurn of TURNS) {
      const all = await rounds({ directory, keys, work: (recorder) => recordStatements(recorder, inTurn) });
      const microseconds = all.microseconds / STATEMENTS;
      alone.push({ inTurn, microseconds });
      add(`a statement and its outcome, ${inTurn} in a turn`, 'µs', microseconds);
      add('  on the disk', 'bytes', all.bytes / STATEMENTS);
    }
    const results = await rounds({ directory, keys, work: recordResults });
    const megabytes = (RESULTS * RESULT_BYTES) / MEGABYTE;
    add('a megabyte of results', 'ms', results.microseconds / 1_000 / megabytes);
    add('  on the disk', 'bytes', results.bytes / megabytes);
    const shown = (OUTPUTS * OUTPUT_BYTES) / MEGABYTE;
    const terminal = await rounds({ directory, keys, work: recordTerminal });
    add('a megabyte of a terminal', 'ms', terminal.microseconds / 1_000 / shown);
    add('  on the disk', 'bytes', terminal.bytes / shown);
    add('verifying a megabyte on the disk', 'ms', await verifying({ directory, keys }));
    costs.push(...(await measureShare(alone)));
    return { bench: 'recording', rounds: ROUNDS, results: [], costs };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function rounds(input: {
  directory: string;
  keys: RecordingKeys;
  work: (recorder: Recorder) => Promise<void>;
}): Promise<Recorded> {
  const all: Recorded[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const one = await measured(input);
    // The first is the warm-up.
    if (round > 0) all.push(one);
  }
  return {
    microseconds: median(all.map(({ microseconds }) => microseconds)),
    bytes: median(all.map(({ bytes }) => bytes)),
  };
}

async function measured(input: {
  directory: string;
  keys: RecordingKeys;
  work: (recorder: Recorder) => Promise<void>;
}): Promise<Recorded> {
  const { directory, keys, work } = input;
  const journal = new Journal({ directory, keys, sync: 100 });
  const sessionId = `s-${randomBytes(8).toString('hex')}`;
  const recorder = openRecording({ journal, facts: { ...FACTS, sessionId } });
  const before = process.cpuUsage();
  await work(recorder);
  const { bytes } = await recorder.close();
  await journal.close();
  const { user, system } = process.cpuUsage(before);
  return { microseconds: user + system, bytes };
}

/** As pgbench does: a text with another literal each time, analysed like the first. */
async function recordStatements(recorder: Recorder, inTurn: number): Promise<void> {
  const template = {};
  for (let statement = 1; statement <= STATEMENTS; statement += 1) {
    const text = `SELECT abalance FROM pgbench_accounts WHERE aid = ${(statement * 7_919) % 100_000};`;
    const verdict = { action: 'allow', rule: null, reason: '' } as const;
    const facts = {
      type: 'statement',
      atMs: statement,
      statement,
      protocol: 'simple',
      parameters: [],
    } as const;
    recorder.append({ ...facts, text, analysis: [], verdict }, template);
    recorder.note({
      type: 'outcome',
      atMs: statement,
      statement,
      durationMs: 0.1,
      tags: ['SELECT 1'],
      rows: 1,
      maskedCells: 0,
      error: null,
    });
    if (statement % inTurn !== 0) continue;
    recorder.flush();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What comes back of a statement, as much of it as is recorded by default. */
async function recordResults(recorder: Recorder): Promise<void> {
  const columns = ['id', 'name', 'token'].map((name) => ({ name, masked: false }));
  const rows = Array.from({ length: RESULT_ROWS }, (_, row) => [
    String(row).padStart(8, '0'),
    `Person number ${row}`.padEnd(ROW_BYTES - 72, '.'),
    randomBytes(32).toString('hex'),
  ]);
  for (let statement = 1; statement <= RESULTS; statement += 1) {
    recorder.note({ type: 'rows', atMs: statement, statement, columns, rows });
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function recordTerminal(recorder: Recorder): Promise<void> {
  const lines = Array.from(
    { length: OUTPUT_BYTES / 64 },
    (_, index) =>
      `${randomBytes(6).toString('hex')} drwxr-xr-x root root ${String(index).padStart(6)} a-directory-name\r\n`,
  );
  const text = lines.join('').slice(0, OUTPUT_BYTES);
  for (let index = 0; index < OUTPUTS; index += 1) {
    const from = (index * 64) % OUTPUT_BYTES;
    const shown = text.slice(from) + text.slice(0, from);
    recorder.note({
      type: 'output',
      atMs: index,
      channel: 1,
      statement: null,
      stream: 'stdout',
      text: shown,
    });
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function verifying({ directory, keys }: { directory: string; keys: RecordingKeys }): Promise<number> {
  const journal = new Journal({ directory, keys, sync: 100 });
  const recorder = openRecording({ journal, facts: { ...FACTS, sessionId: 's-verified' } });
  for (let round = 0; round < ROUNDS; round += 1) await recordTerminal(recorder);
  await recorder.close();
  await journal.close();
  const { size } = await stat(recorder.path);
  const before = process.cpuUsage();
  await verifyRecording({ path: recorder.path, publicKeyPem: keys.publicKeyPem });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / (size / MEGABYTE);
}
