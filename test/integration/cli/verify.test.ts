/** `sallyport verify`: with the files and the public key alone. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { ZERO_COUNTS } from '../../../src/core/session.ts';
import { Journal } from '../../../src/recording/journal/journal.ts';
import { createRecordingKeys } from '../../../src/recording/keys.ts';
import { openRecording } from '../../../src/recording/writer.ts';
import { runCli } from '../../support/command-line.ts';
import { chained, exportLines, exportText, type SampleLogEvent } from '../../support/sample-log.ts';
import { runJson, runProcess } from './harness.ts';

const keys = createRecordingKeys({
  masterKey: new Secret(randomBytes(32)),
  signingKey: generateKeyPairSync('ed25519').privateKey,
});
let directory: string;
let recordings: string;
let recording: string;
let key: string;
let headHex: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-verify-'));
  recordings = join(directory, 'recordings');
  const journal = new Journal({ directory: recordings, keys, sync: 100 });
  const recorder = openRecording({
    journal,
    facts: {
      sessionId: 's-aaaaaaaa',
      grantId: 'g-aaaaaaaa',
      requestId: 'r-aaaaaaaa',
      holder: { id: 'p-1', name: 'Alice', email: 'alice@example.com' },
      approvers: [],
      resource: 'orders-db',
      resourceKind: 'postgres',
      role: 'read',
      reason: 'a test',
      incident: null,
      clientAddress: '127.0.0.1:1',
      application: null,
      policyVersion: 'test',
      startedAt: '2026-11-21T12:00:00.000Z',
    },
  });
  recorder.append({ type: 'end', atMs: 5, reason: 'client-closed', counts: ZERO_COUNTS });
  ({ headHex } = await recorder.close());
  await journal.close();
  recording = recorder.path;
  key = join(recordings, 'signing-key.pub');
  await writeFile(join(recordings, 'j-0000000000000001.000001.sjournal'), 'no recording');
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function damagedCopy(name: string, damage: (path: string) => Promise<void>): Promise<string> {
  const path = join(directory, name);
  await copyFile(recording, path);
  await damage(path);
  return path;
}

describe('sallyport verify', () => {
  test('passes a whole recording, needing no server, and prints its head', async () => {
    const result = await runProcess(['verify', recording, '--public-key', key], {
      url: 'http://127.0.0.1:1',
    });
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toContain(headHex);
  });

  test('takes a directory for the recordings in it', async () => {
    expect(await runJson(['verify', recordings, '--public-key', key])).toMatchObject({
      results: [{ path: recording, ok: true, sessionId: 's-aaaaaaaa', headHex, problems: [] }],
    });
  });

  test('fails after one byte is flipped', async () => {
    const path = await damagedCopy('flipped.sprec', async (file) => {
      const bytes = await readFile(file);
      const middle = bytes.length >> 1;
      bytes[middle] = (bytes[middle] ?? 0) ^ 1;
      await writeFile(file, bytes);
    });
    const result = await runCli(['verify', path, '--public-key', key]);
    expect(result.status).toBe(1);
    expect(result.stdout).toMatch(/FAILED .*\n {4}byte \d+: /);
    expect(result.stderr).toContain('1 of 1 did not verify');
  });

  test('fails after the tail is cut, and names the good one beside it as good', async () => {
    const path = await damagedCopy('cut.sprec', async (file) => {
      await truncate(file, (await readFile(file)).length - 40);
    });
    const result = await runCli(['verify', recording, path, '--public-key', key, '--json']);
    expect(result.status).toBe(1);
    expect(JSON.parse(result.stdout)).toMatchObject({
      results: [{ ok: true }, { ok: false, headHex: null }],
    });
  });

  test('fails against another key', async () => {
    const other = join(directory, 'other.pub');
    const { publicKey } = generateKeyPairSync('ed25519');
    await writeFile(other, publicKey.export({ type: 'spki', format: 'pem' }));
    const result = await runCli(['verify', recording, '--public-key', other]);
    expect(result.status).toBe(1);
    expect(result.stdout).toContain('wrong_key');
  });

  test('does not take nothing for good', async () => {
    const empty = join(directory, 'empty');
    await mkdir(empty);
    for (const path of [empty, join(directory, 'gone.sprec')]) {
      expect((await runCli(['verify', path, '--public-key', key])).status).toBe(1);
    }
    // The key beside the recordings is taken, and named.
    const beside = await runCli(['verify', recording]);
    expect(beside).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/signing-key\.pub, SHA-256 [0-9a-f]{64}: compare/),
    });
    const elsewhere = await damagedCopy('whole.sprec', async () => undefined);
    expect((await runCli(['verify', elsewhere])).status).toBe(2);
    expect((await runCli(['verify', recording, '--head', `1:${'ab'.repeat(32)}`])).status).toBe(2);
    expect((await runCli(['verify', recording, '--public-key', recording])).status).toBe(1);
  });
});

describe('sallyport verify --log', () => {
  const seal = (data: object) => ({ type: 'session.ended', subject: 's-aaaaaaaa', data: { ...data } });
  const started = { type: 'session.started', subject: 's-aaaaaaaa', data: {} };

  async function logOf(events: readonly SampleLogEvent[]): Promise<string> {
    const path = join(directory, 'audit.jsonl');
    const signer = keys.newest;
    await writeFile(path, exportText(exportLines(chained(events), signer)));
    return path;
  }

  test('says of each file whether it is the one of the log, and totals at the end', async () => {
    const log = await logOf([started, seal({ recordingHead: headHex })]);
    const result = await runProcess(['verify', recordings, '--public-key', key, '--log', log]);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toMatch(
      /^ok .*, as the log says\nok .*audit\.jsonl {2}2 events, head 2:.*\n.*1 signed heads/,
    );
    expect(result.stdout).toMatch(/\nRecordings: 1 \(0\.0 MiB\), 1 ok\n$/);
  });

  test('names what is missing, and fails', async () => {
    const gone = { type: 'session.ended', subject: 's-gone', data: { recordingHead: 'ab'.repeat(32) } };
    const log = await logOf([
      started,
      { ...started, subject: 's-gone' },
      seal({ recordingHead: headHex }),
      gone,
    ]);
    const result = await runCli(['verify', recordings, '--public-key', key, '--log', log]);
    expect(result).toMatchObject({ status: 1, stderr: expect.stringContaining('missing: 1') });
    expect(result.stdout).toContain(
      `MISSING  session s-gone: its recording is not here, head ${'ab'.repeat(32)}`,
    );
    const json = await runCli(['verify', recordings, '--public-key', key, '--log', log, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      results: [{ ok: true, standing: 'confirmed' }],
      missing: [{ sessionId: 's-gone' }],
      log: { ok: true, events: 4 },
      totals: { files: 1, ok: 1, missing: 1 },
    });
  });
});
