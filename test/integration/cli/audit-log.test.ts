/** `sallyport audit`: the server's log, exported and checked by somebody who does not trust it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { chainEvents } from '../../../src/audit/chain.ts';
import type { HeadSigners } from '../../../src/audit/signed-head.ts';
import { appendEvents } from '../../../src/store/operations/append-event.ts';
import { runCli } from '../../support/command-line.ts';
import { useWebHarness } from '../web/harness.ts';
import { PROCESS_TEST_TIMEOUT_MS, runJson } from './harness.ts';

vi.setConfig({ testTimeout: PROCESS_TEST_TIMEOUT_MS });

/** More than a page. */
const EVENTS = 1_100;
const FIRST_MS = Date.parse('2026-11-21T00:00:00.000Z');
const web = useWebHarness();
let directory: string;
let token: string;
let key: string;
let head: string;

const carol = () => ({ url: web.current.url, token });
const at = (index: number): string => new Date(FIRST_MS + index * 1_000).toISOString();

/** What someone with full rights on the database could do. */
async function tamper(sql: string): Promise<void> {
  await web.current.access.store.transaction(async (db) => {
    await db.execute('set local session_replication_role = replica');
    await db.execute(sql);
  });
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sallyport-audit-'));
  token = await web.current.tokenOf('carol');
  const { store } = web.current.access;
  const { keys } = web.current;
  const events = Array.from({ length: EVENTS }, (_, index) => ({
    at: new Date(at(index)),
    type: 'vote.cast',
    actorId: 'p-1',
    subject: `r-${index}`,
    data: { index, note: '“ok”', groups: ['sre'] },
  }));
  await store.transaction((db) => appendEvents(db, events));
  const signer: HeadSigners = { trusted: keys.trusted, signerIn: async () => keys.newest };
  await chainEvents(store, { signers: signer, clock: { now: () => new Date(at(EVENTS)) } });
  key = join(directory, 'signing-key.pub');
  writeFileSync(key, keys.publicKeyPem);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('sallyport audit', () => {
  test('verify recomputes the log page by page, with the key of the server or with one that was kept', async () => {
    const result = await runCli(['audit', 'verify'], carol());
    expect(result).toMatchObject({ status: 0, stderr: expect.stringContaining("the server's own key") });
    const report = await runJson(['audit', 'verify', '--public-key', key], carol());
    expect(report).toMatchObject({ ok: true, first: 1, problems: [] });
    expect(report).toHaveProperty('events', (report as { last: number }).last);
    const { last, headSha256 } = report as { last: number; headSha256: string };
    expect(last).toBeGreaterThanOrEqual(EVENTS);
    head = `${last}:${headSha256}`;
    expect(result.stdout).toContain(`head ${head}`);
  });

  test('export writes what verify takes, without the server', async () => {
    const file = join(directory, 'audit.jsonl');
    const written = await runCli(['audit', 'export', '--out', file], carol());
    expect(written).toMatchObject({
      status: 0,
      stdout: '',
      stderr: expect.stringContaining(`Head: ${head}`),
    });
    const offline = { url: 'http://127.0.0.1:1' };
    const args = ['audit', 'verify', '--file', file, '--public-key', key];
    expect(await runJson([...args, '--head', head], offline)).toMatchObject({ ok: true });
    // What is there already is somebody's evidence.
    const again = await runCli(['audit', 'export', '--out', file], carol());
    expect(again).toMatchObject({ status: 1, stderr: expect.stringContaining('EEXIST') });
    const streamed = await runCli(['audit', 'export'], carol());
    expect(streamed.stdout).toBe(readFileSync(file, 'utf8'));
    const forged = join(directory, 'forged.jsonl');
    writeFileSync(forged, streamed.stdout.replace('"subject":"r-1000"', '"subject":"r-1001"'));
    const refused = await runCli(['audit', 'verify', '--file', forged, '--public-key', key], offline);
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('did not verify') });
    expect(refused.stdout).toMatch(/^FAILED .*\n.*\n {4}event \d+, byte \d+: event_altered: /);
  });

  test('export takes the events of a time, on to the next signed head', async () => {
    const file = join(directory, 'part.jsonl');
    const time = ['--since', at(200), '--until', at(300)];
    const part = await runJson(['audit', 'export', ...time, '--out', file], carol());
    expect(part).toMatchObject({ file, events: expect.any(Number) });
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const [first, last] = [lines[0], lines.at(-1)].map((line) => JSON.parse(line ?? ''));
    expect(first).toMatchObject({ kind: 'event', at: at(200) });
    expect(last).toMatchObject({ kind: 'head' });
    expect(await runJson(['audit', 'verify', '--file', file, '--public-key', key])).toMatchObject({
      ok: true,
      first: first.sequence,
      last: last.sequence,
    });
    const none = await runCli(['audit', 'export', '--since', '2025-01-01', '--until', '2025-01-02'], carol());
    expect(none).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining('no events') });
  });

  test('verify says whether the log still has what chat shows', async () => {
    expect((await runCli(['audit', 'verify', '--head', head], carol())).status).toBe(0);
    const other = await runCli(['audit', 'verify', '--head', `7:${'ab'.repeat(32)}`], carol());
    expect(other).toMatchObject({ status: 1, stdout: expect.stringContaining('rewritten: event 7') });
    const longer = await runCli(['audit', 'verify', '--head', `999999:${'ab'.repeat(32)}`], carol());
    expect(longer).toMatchObject({ status: 1, stdout: expect.stringContaining('cut: ') });
  });

  test('is for overseers, and says what is wrong with a command', async () => {
    const alice = { ...carol(), token: await web.current.tokenOf('alice') };
    for (const command of ['verify', 'export'])
      expect(await runCli(['audit', command], alice)).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('oversight'),
      });
    for (const wrong of [
      ['verify', '--file', 'x'],
      ['verify', '--head', '7'],
      ['verify', '--head', `0:${'ab'.repeat(32)}`],
      ['export', '--since', 'yesterday-ish'],
    ])
      expect((await runCli(['audit', ...wrong], carol())).status).toBe(2);
  });

  test('names what somebody changed in the database', async () => {
    const last = Number(head.split(':')[0]);
    const found = async (): Promise<string> => (await runCli(['audit', 'verify'], carol())).stdout;
    await tamper(`update event set actor_id = 'p-2' where sequence = 900`);
    expect(await found()).toContain('event 900: event_altered');
    await tamper(`update event set actor_id = 'p-1' where sequence = 900`);
    await tamper(`delete from event where sequence = 3`);
    expect(await found()).toContain('event_missing: event 3 is missing');
    await tamper(`delete from event where sequence < 3`);
    expect(await found()).toContain('event_missing: events 1 to 3 are missing');
    await tamper(`delete from event where sequence > ${last - 5}`);
    expect((await runCli(['audit', 'verify', '--head', head], carol())).stdout).toContain('cut: ');
  });
});
