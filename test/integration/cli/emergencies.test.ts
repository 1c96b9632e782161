/** An emergency from the command line: freeze, break the glass, extend, revoke, review. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { issueGrant } from '../../../src/access/issue-grant.ts';
import type { CastName } from '../../../src/demo/cast.ts';
import { listOf } from '../../../src/web/schemas/fields.ts';
import { FREEZE } from '../../../src/web/schemas/freeze.ts';
import { GRANT } from '../../../src/web/schemas/grants.ts';
import { REQUEST } from '../../../src/web/schemas/requests.ts';
import { REVIEW } from '../../../src/web/schemas/reviews.ts';
import { type CliResult, runCli } from '../../support/command-line.ts';
import { useWebHarness } from '../web/harness.ts';
import { PROCESS_TEST_TIMEOUT_MS, runJson } from './harness.ts';

vi.setConfig({ testTimeout: PROCESS_TEST_TIMEOUT_MS });

const web = useWebHarness();
const tokens = new Map<CastName, string>();

beforeAll(async () => {
  for (const name of ['alice', 'bob', 'dana', 'carol'] as const)
    tokens.set(name, await web.current.tokenOf(name));
});
afterAll(() => tokens.clear());

const as = (name: CastName) => ({ url: web.current.url, token: tokens.get(name) ?? '' });
const run = (name: CastName, ...args: string[]): Promise<CliResult> => runCli(args, as(name));
const json = (name: CastName, ...args: string[]): Promise<unknown> => runJson(args, as(name));

async function issue(grantId: string): Promise<string> {
  await issueGrant(web.current.access, { grantId, preparer: { prepare: async () => undefined } });
  return grantId;
}

async function readGrantOfBob(): Promise<string> {
  const wanted = { resource: 'orders-db', role: 'read', duration: '1h', reason: 'order 4711' };
  const { body } = await web.current.call('bob', { path: '/requests', json: wanted });
  return issue(REQUEST.parse(body).grant?.id ?? '');
}

test('freeze stops everything and says so to whoever is refused; unfreeze lifts it', async () => {
  expect((await run('alice', 'freeze', '--because', 'mine')).status).toBe(1);
  expect((await run('alice', 'freeze')).stdout).toContain('Nothing is frozen');
  const frozen = await run('dana', 'freeze', '--because', 'inc-12: a token was stolen');
  expect(frozen).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^Frozen since .+ by Dana.*inc-12/),
  });
  const refused = await run('bob', 'request', 'orders-db', '--role', 'read', '--because', 'order 4711');
  expect(refused).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/Dana.* froze access .+ inc-12/),
  });
  expect(FREEZE.parse(await json('alice', 'freeze'))).toMatchObject({ frozen: true });
  expect((await run('carol', 'unfreeze', '--because', 'revoked')).stdout).toContain('Nothing is frozen');
});

test('extend gives more time; without a reason or a duration it is a mistake of usage', async () => {
  const grantId = await readGrantOfBob();
  expect((await run('bob', 'extend', grantId, '--by', '30m')).status).toBe(2);
  expect((await run('bob', 'extend', grantId, '--by', 'soon', '--because', 'x')).status).toBe(2);
  // The policy gives an hour and no more.
  const refused = await run('bob', 'extend', grantId, '--by', '30m', '--because', 'not through');
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('1h') });
  const shorter = { resource: 'orders-db', role: 'read', duration: '20m', reason: 'order 4711' };
  const { body } = await web.current.call('bob', { path: '/requests', json: shorter });
  const id = await issue(REQUEST.parse(body).grant?.id ?? '');
  const extended = await run('bob', 'extend', id, '--by', '30m', '--because', 'not through');
  expect(extended).toMatchObject({ status: 0, stdout: expect.stringContaining(`Grant ${id} lasts until`) });
});

test('revoke takes one grant, or all of a person as they go, and never guesses which', async () => {
  const ids = [await readGrantOfBob(), await readGrantOfBob()];
  expect(await run('carol', 'revoke', '--because', 'x')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('--person'),
  });
  expect((await run('carol', 'revoke', ids[0] ?? '', '--all', '--because', 'x')).status).toBe(1);
  expect((await run('carol', 'revoke', '--all')).stderr).toContain('--because');
  expect((await run('dana', 'revoke', '--all', '--because', 'x')).status).toBe(1);
  const revoked = await run(
    'carol',
    'revoke',
    '--person',
    'bob@example.com',
    '--because',
    'laptop stolen',
    '--json',
  );
  expect(revoked.status).toBe(0);
  const { items } = listOf(GRANT).parse(JSON.parse(revoked.stdout));
  expect(items.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
  expect(revoked.stderr.match(/^Revoked g-/gm)).toHaveLength(items.length);
  expect(revoked.stderr).toContain(`${items.length} so far, 0 left`);
  const nothing = await run('carol', 'revoke', '--resource', 'orders-db', '--because', 'inc-12');
  expect(nothing).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining('nothing live') });
});

test('breakglass is granted at once, and reviewed by somebody else', async () => {
  const taken = REQUEST.parse(
    await json('alice', 'breakglass', 'orders-db', '--role', 'write', '--because', 'checkout is down'),
  );
  const grantId = await issue(taken.grant?.id ?? '');
  const listed = listOf(REVIEW).parse(await json('bob', 'reviews'));
  const id = listed.items.find((review) => review.grantId === grantId)?.id ?? '';
  expect((await run('bob', 'reviews')).stdout).toContain(id);
  expect((await run('bob', 'review', id)).stdout).toMatch(/checkout is down[\s\S]*Needs +1 of sre: open/);
  expect((await run('bob', 'review', id, '--justified', '--unjustified')).status).toBe(1);
  await run('alice', 'done', grantId);
  expect((await run('alice', 'review', id, '--justified')).stderr).toContain('your own access');
  expect(REVIEW.parse(await json('bob', 'review', id, '--justified')).state).toBe('justified');
  expect((await run('bob', 'reviews')).stderr).toContain('no such reviews');
  expect((await run('bob', 'reviews', '--all')).stdout).toContain('justified');
});

test('each says with --help what it does, and shows an example', async () => {
  for (const name of ['freeze', 'unfreeze', 'extend', 'revoke', 'breakglass', 'reviews', 'review']) {
    const { status, stdout } = await run('alice', name, '--help');
    expect([name, status]).toEqual([name, 0]);
    expect(stdout).toMatch(new RegExp(`Examples:\\n +\\$ sallyport ${name}`));
    expect(stdout).toContain('--json');
  }
});
