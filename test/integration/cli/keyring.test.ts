/** `sallyport keys ring` and `keys rotate`, and what the first public key says of a log and recordings afterwards. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { watchLog } from '../../../src/access/alerts/watch-log.ts';
import { chainEvents } from '../../../src/audit/chain.ts';
import { after } from '../../../src/core/clock.ts';
import { Journal } from '../../../src/recording/journal/journal.ts';
import { SIGNING_KEY_FILE } from '../../../src/recording/layout.ts';
import { openRecording } from '../../../src/recording/writer.ts';
import { KEYRING, ROTATED_KEYRING } from '../../../src/web/schemas/keyring.ts';
import { runCli } from '../../support/command-line.ts';
import { END_EVENT, sampleFacts } from '../../unit/recording/sample-data.ts';
import { useWebHarness } from '../web/harness.ts';
import { PROCESS_TEST_TIMEOUT_MS, runJson } from './harness.ts';

vi.setConfig({ testTimeout: PROCESS_TEST_TIMEOUT_MS });

const web = useWebHarness();
const as = async (name: 'alice' | 'carol') => ({
  url: web.current.url,
  token: await web.current.tokenOf(name),
});
const directory = mkdtempSync(join(tmpdir(), 'sallyport-keys-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Events get their places, and a head; later than the one before, so that one is due. */
let signedAt = 0;
async function chain(): Promise<void> {
  const { keyring, access } = web.current;
  signedAt += 1;
  const now = after(new Date(), signedAt * 61_000);
  await chainEvents(access.store, { signers: keyring, clock: { now: () => now } });
}

async function record(sessionId: string): Promise<void> {
  const recordings = join(directory, 'recordings');
  const journal = new Journal({ directory: recordings, keys: web.current.keys, sync: 100 });
  const recorder = openRecording({ journal, facts: sampleFacts(sessionId) });
  recorder.append(END_EVENT);
  await recorder.close();
  await journal.close();
}

const events = () =>
  web.current.access.store
    .read()
    .execute<{ type: string; subject: string; data: object }[]>(
      "select type, subject, data from event where type like '%.rotated' or type like 'keyring.%' order by id",
    );

test('they are for overseers alone: who else asks is refused, and that is written down', async () => {
  const alice = await as('alice');
  for (const command of [['ring'], ['rotate'], ['rotate', '--signing']])
    expect(await runCli(['keys', ...command], alice)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('for members of the groups in `oversight`'),
    });
  const json = { what: 'signing', after: 1 };
  expect(await web.current.call('alice', { path: '/keyring/rotate', json })).toMatchObject({ status: 403 });
  expect(await web.current.call('alice', { path: '/keyring' })).toMatchObject({ status: 403 });
  expect(await events()).toMatchObject([{ type: 'keyring.refused', subject: 'signing' }]);
  expect(web.current.keyring.roots).toHaveLength(1);
});

test('an overseer rotates; the first public key then verifies log and recordings, and heads in chat', async () => {
  const carol = await as('carol');
  const first = join(directory, 'first.pub');
  writeFileSync(first, web.current.keys.publicKeyPem);
  await record('s-1');
  await chain();
  const [before] = await web.current.access.store
    .read()
    .execute<{ head: string }[]>(
      "select sequence || ':' || sha256 as head from audit_head order by id desc limit 1",
    );

  expect(KEYRING.parse(await runJson(['keys', 'ring'], carol))).toMatchObject({
    rootKeys: [{ generation: 1 }],
    signingKeys: [{ number: 1 }],
    problem: null,
  });
  expect(ROTATED_KEYRING.parse(await runJson(['keys', 'rotate'], carol))).toMatchObject({
    rotated: true,
    rootKeys: [{ generation: 1 }, { generation: 2 }],
  });
  const said = await runCli(['keys', 'rotate', '--signing'], carol);
  expect(said.stdout).toMatch(
    /^Rotated\.\n\nROOT KEY +ID +MADE +WRAPPED BY\n1 .*\n2 .*\n\nSIGNING KEY +MADE +SHA-256/,
  );
  // Whoever asks late, with what was the newest before.
  const json = { what: 'signing', after: 1 };
  expect((await web.current.call('carol', { path: '/keyring/rotate', json })).body).toMatchObject({
    rotated: false,
  });
  const ahead = { what: 'root', after: 3 };
  expect(await web.current.call('carol', { path: '/keyring/rotate', json: ahead })).toMatchObject({
    status: 400,
  });

  await record('s-2');
  await chain();
  for (const key of [[], ['--public-key', first], ['--public-key', first, '--head', before?.head ?? '']])
    expect(await runJson(['audit', 'verify', ...key], carol)).toMatchObject({ ok: true, heads: 2 });
  const log = join(directory, 'audit.jsonl');
  expect(await runCli(['audit', 'export', '--out', log], carol)).toMatchObject({ status: 0 });
  expect(await runCli(['audit', 'verify', '--file', log, '--public-key', first])).toMatchObject({
    status: 0,
  });

  const recordings = join(directory, 'recordings');
  const verified = { status: 0, stdout: expect.stringContaining('Recordings: 2 (0.0 MiB), 2 ok') };
  expect(await runCli(['verify', recordings, '--public-key', first])).toMatchObject(verified);
  const beside = await runCli(['verify', recordings]);
  expect(beside).toMatchObject({
    ...verified,
    stderr: expect.stringContaining('and one key that it endorsed'),
  });
  expect((await events()).slice(-2)).toMatchObject([
    { type: 'root-key.rotated', data: { generation: 2 } },
    { type: 'signing-key.rotated', data: { number: 2 } },
  ]);
  // Nothing of a key is in the log or in an answer.
  const secrets = web.current.keyring.roots.map(({ bytes }) => bytes.toString('base64'));
  const told = JSON.stringify(await events()) + said.stdout + readFileSync(log, 'utf8');
  for (const secret of secrets) expect(told).not.toContain(secret);
});

test('what lies beside the recordings is not trusted when it does not follow from the key that was kept', async () => {
  const recordings = join(directory, 'recordings');
  const file = join(recordings, SIGNING_KEY_FILE);
  const first = join(directory, 'first.pub');
  const bundle = readFileSync(file, 'utf8');
  const log = join(directory, 'audit.jsonl');
  const [, endorsement = ''] = /ENDORSEMENT-----\n(\S+)/.exec(bundle) ?? [];
  const changed = bundle.replace(
    endorsement,
    `${endorsement.slice(0, -1)}${endorsement.endsWith('A') ? 'B' : 'A'}`,
  );
  for (const text of [changed, bundle.slice(bundle.lastIndexOf('-----BEGIN PUBLIC KEY'))]) {
    writeFileSync(file, text);
    const result = await runCli(['verify', recordings, '--public-key', first]);
    expect(result).toMatchObject({ status: 1, stderr: expect.stringContaining('not trusted') });
    expect(result.stdout).toMatch(/^ok .*s-1\.sprec[\s\S]*FAILED .*s-2\.sprec[\s\S]*wrong_key/m);
    // The log tells of the key, too.
    const withLog = await runCli(['verify', recordings, '--public-key', first, '--log', log]);
    expect(withLog.stdout).not.toContain('wrong_key');
  }
  writeFileSync(file, bundle);
});

test('a rotation is an alert', async () => {
  const { access } = web.current;
  const policy = access.policy.current();
  const alerting = {
    ...access,
    policy: {
      current: () => ({
        ...policy,
        document: {
          ...policy.document,
          alerts: { on: ['keys-rotated' as const], groupFor: 600_000, sinkBehind: 300_000 },
        },
      }),
    },
  };
  await watchLog(alerting, { replica: 'one' });
  const carol = await as('carol');
  expect(await runCli(['keys', 'rotate'], carol)).toMatchObject({ status: 0 });
  await chain();
  await watchLog(alerting, { replica: 'one' });
  expect(await access.store.read().execute('select kind, facts from alert')).toMatchObject([
    {
      kind: 'keys-rotated',
      facts: { who: expect.stringMatching(/^Carol/), what: expect.stringMatching(/^root key 3, /) },
    },
  ]);
});
