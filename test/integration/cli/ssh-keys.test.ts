/** Keys for hosts, from the command line and over the API. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { CastName } from '../../../src/demo/cast.ts';
import { listOf } from '../../../src/web/schemas/fields.ts';
import { SSH_KEY } from '../../../src/web/schemas/ssh-keys.ts';
import { runCli } from '../../support/command-line.ts';
import { useWebHarness } from '../web/harness.ts';
import { PROCESS_TEST_TIMEOUT_MS, runJson } from './harness.ts';

vi.setConfig({ testTimeout: PROCESS_TEST_TIMEOUT_MS });

const web = useWebHarness();
const tokens = new Map<CastName, string>();
let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-keys-test-'));
  for (const name of ['alice', 'bob'] as const) tokens.set(name, await web.current.tokenOf(name));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const as = (name: CastName) => ({ url: web.current.url, token: tokens.get(name) ?? '' });

/** Returns the path of the private half. */
function makeKey(name: string): string {
  const file = join(directory, name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', `${name}@laptop`, '-f', file]);
  return file;
}

test('a key is added, listed to its owner alone, and removed', async () => {
  const file = makeKey('first');
  const shown = execFileSync('ssh-keygen', ['-lf', `${file}.pub`], { encoding: 'utf8' });
  const fingerprint = shown.split(' ')[1] ?? '';
  const added = await runCli(['keys', 'add', `${file}.pub`], as('alice'));
  expect(added, added.stderr).toMatchObject({ status: 0, stderr: '' });
  expect(added.stdout).toContain('first@laptop is registered as ');
  expect(added.stdout).toContain(fingerprint);

  const { items } = listOf(SSH_KEY).parse(await runJson(['keys', 'list'], as('alice')));
  expect(items).toMatchObject([
    { fingerprint, type: 'ssh-ed25519', label: 'first@laptop', source: 'registered', lastUsedAt: null },
  ]);
  const [{ id } = { id: '' }] = items;
  expect((await runCli(['keys', 'list'], as('bob'))).stderr).toContain('You have no keys.');
  const foreign = await runCli(['keys', 'remove', id], as('bob'));
  expect(foreign).toMatchObject({ status: 1, stdout: '' });

  const removed = await runCli(['keys', 'remove', id], as('alice'));
  expect(removed.stdout).toContain(`first@laptop is removed (${fingerprint}).`);
  expect((await runCli(['keys', 'list'], as('alice'))).stderr).toContain('You have no keys.');
});

test('what is no public key, or somebody else has, is refused with the reason', async () => {
  const file = makeKey('second');
  const secret = await runCli(['keys', 'add', file], as('alice'));
  expect(secret.status).toBe(1);
  expect(secret.stderr).not.toContain('b3BlbnNzaC1rZXktdjE');
  const missing = await runCli(['keys', 'add', `${file}.none`], as('alice'));
  expect(missing).toMatchObject({ status: 1, stderr: expect.stringContaining('Name the file') });
  expect((await runCli(['keys', 'add', `${file}.pub`, '--label', 'mine'], as('alice'))).stdout).toMatch(
    /^mine is registered/,
  );
  expect((await runCli(['keys', 'add', `${file}.pub`], as('bob'))).status).toBe(1);
});

test('over the API the same holds, and nobody has keys without saying who they are', async () => {
  const line = execFileSync('cat', [`${makeKey('third')}.pub`], { encoding: 'utf8' });
  const added = await web.current.call('bob', { path: '/keys', json: { key: line } });
  expect(added.status).toBe(201);
  const { id } = SSH_KEY.parse(added.body);
  expect((await web.current.call('bob', { path: '/keys', json: { key: line, more: 1 } })).status).toBe(400);
  expect((await web.current.call('bob', { path: '/keys', json: { key: 'ssh-ed25519 AAAA' } })).status).toBe(
    400,
  );
  expect((await web.current.call('bob', { path: '/keys' })).body).toMatchObject({ items: [{ id }] });
  expect((await web.current.call('alice', { path: `/keys/${id}/remove`, json: {} })).status).toBe(404);
  expect((await web.current.call('bob', { path: `/keys/${id}/remove`, json: {} })).status).toBe(200);
  expect((await web.current.call('bob', { path: '/keys' })).body).toEqual({ items: [] });
  expect((await fetch(`${web.current.url}/api/v1/keys`)).status).toBe(401);
});
