/** Why somebody may have something, and who is on call, from the command line. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { EXPLAINED_REQUEST } from '../../../src/web/schemas/explain.ts';
import { runCli } from '../../support/command-line.ts';
import { useWebHarness } from '../web/harness.ts';
import { PROCESS_TEST_TIMEOUT_MS, runJson } from './harness.ts';

vi.setConfig({ testTimeout: PROCESS_TEST_TIMEOUT_MS });

const web = useWebHarness();
let directory: string;
let alice: { url: string; token: string };
let carol: { url: string; token: string };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-explain-'));
  alice = { url: web.current.url, token: await web.current.tokenOf('alice') };
  carol = { url: web.current.url, token: await web.current.tokenOf('carol') };
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test('policy explain --request says what every policy says, and which one decides', async () => {
  const request = ['--request', 'orders-db as write for 2h', '--because', 'refund'];
  const shown = await runCli(['policy', 'explain', ...request], alice);
  expect(shown).toMatchObject({ status: 0, stderr: '' });
  expect(shown.stdout).toMatch(/request +orders-db as write for 2h/);
  expect(shown.stdout).toMatch(/policy +prod-databases: decides/);
  expect(shown.stdout).toMatch(/policy +emergency: it is for breaking the glass only/);
  expect(shown.stdout).toMatch(/outcome +votes, policy prod-databases/);
  const answer = EXPLAINED_REQUEST.parse(
    await runJson(['policy', 'explain', ...request, '--break-glass'], alice),
  );
  expect(answer).toMatchObject({ kind: 'break-glass', outcome: 'refused' });
  expect(answer.explanation).toMatch(/at most 1h/);
});

test('policy explain --request --file asks about another policy', async () => {
  const file = join(directory, 'other.yaml');
  await writeFile(file, 'resources: [{ name: orders-db');
  const refused = await runCli(['policy', 'explain', '--request', 'orders-db', '--file', file], carol);
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('The policy is not valid') });
});

test('policy explain refuses what it does not understand', async () => {
  const request = await runCli(['policy', 'explain', '--request', 'orders-db for ever and ever'], alice);
  expect(request).toMatchObject({ status: 1, stderr: expect.stringContaining('RESOURCE as ROLE') });
  const other = ['policy', 'explain', '--user', 'bob@example.com', '--request', 'orders-db'];
  expect(await runCli(other, alice)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('You may ask about yourself'),
  });
  expect(await runCli(['policy', 'explain', '--statement', 'select 1'], alice)).toMatchObject({ status: 2 });
});

test('oncall says so when nothing asks for people on call', async () => {
  expect(await runCli(['oncall', 'orders-db'], alice)).toMatchObject({
    status: 0,
    stdout: '',
    stderr: expect.stringContaining('Nothing about orders-db asks for people on call'),
  });
});
