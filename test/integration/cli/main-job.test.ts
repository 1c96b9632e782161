/** The main job from the command line: ask, approve, connect with the real psql, replay, verify. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { issueGrant } from '../../../src/access/issue-grant.ts';
import { type Broker, createBroker } from '../../../src/broker/broker.ts';
import { generateCertificate } from '../../../src/broker/certificate.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { CastName } from '../../../src/demo/cast.ts';
import { listOf } from '../../../src/web/schemas/fields.ts';
import { GRANT } from '../../../src/web/schemas/grants.ts';
import { HOLD } from '../../../src/web/schemas/holds.ts';
import { REQUEST } from '../../../src/web/schemas/requests.ts';
import { SESSION } from '../../../src/web/schemas/sessions.ts';
import { type CliResult, runCli } from '../../support/command-line.ts';
import { useTestShop } from '../../support/database.ts';
import { hold, liveSession } from '../../support/live-session.ts';
import { useWebHarness } from '../web/harness.ts';
import { PROCESS_TEST_TIMEOUT_MS, runJson, runOnTerminal, runProcess } from './harness.ts';

vi.setConfig({ testTimeout: PROCESS_TEST_TIMEOUT_MS });

const shop = useTestShop();
const web = useWebHarness({
  target: () => ({
    port: shop.current.port,
    database: shop.current.name,
    ...shop.current.credentials.writer,
  }),
});
const tokens = new Map<CastName, string>();
let broker: Broker;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-job-'));
  for (const name of ['alice', 'bob', 'dana', 'carol'] as const)
    tokens.set(name, await web.current.tokenOf(name));
  broker = createBroker({
    access: web.current.access,
    keys: web.current.keys,
    logger: pino({ level: 'silent' }),
    tls: await generateCertificate({ publicHost: '127.0.0.1', now: new Date() }),
    replica: 'test',
    secretKey: new Secret(randomBytes(32)),
  });
  await broker.start();
});
afterAll(async () => {
  await broker.stop();
  await rm(directory, { recursive: true, force: true });
});

function as(name: CastName) {
  const token = tokens.get(name);
  if (token === undefined) throw new Error(`${name} has no token`);
  return { url: web.current.url, token, workingDirectory: directory };
}

/** What starts a client is a process, whose streams and signals the client takes over. */
const run = (name: CastName, ...args: string[]): Promise<CliResult> =>
  args[0] === 'connect' ? runProcess(args, as(name)) : runCli(args, as(name));
const json = (name: CastName, ...args: string[]): Promise<unknown> => runJson(args, as(name));

/** Set-up goes over the API, which takes milliseconds; what a test is about goes through the command. */
async function ask(more: { ticket?: string; reason?: string } = {}): Promise<string> {
  const wanted = { resource: 'orders-db', role: 'write', duration: '1h', reason: 'order 4711', ...more };
  return REQUEST.parse((await web.current.call('alice', { path: '/requests', json: wanted })).body).id;
}

async function approve(requestId: string): Promise<void> {
  const vote = { path: `/requests/${requestId}/votes`, json: { verdict: 'approve' } };
  for (const approver of ['bob', 'dana'] as const) await web.current.call(approver, vote);
}

/** What the queued job does once a request is approved. */
async function issue(requestId: string): Promise<string> {
  const { body } = await web.current.call('alice', { path: `/requests/${requestId}` });
  const grantId = REQUEST.parse(body).grant?.id ?? '';
  await issueGrant(web.current.access, { grantId, preparer: broker });
  return grantId;
}

async function grant(): Promise<string> {
  const requestId = await ask();
  await approve(requestId);
  return issue(requestId);
}

async function finish(grantId: string): Promise<void> {
  await web.current.call('alice', { path: `/grants/${grantId}/done`, json: {} });
}

async function endedSessions(grantId: string) {
  for (let tries = 0; ; tries += 1) {
    const { body } = await web.current.call('alice', { path: '/sessions' });
    const { items } = listOf(SESSION).parse(body);
    const own = items.filter((session) => session.grantId === grantId);
    if (own.length > 0 && own.every((session) => !session.live)) return own;
    if (tries === 100) throw new Error(`the sessions of ${grantId} did not end`);
    await sleep(50);
  }
}

describe('asking and deciding', () => {
  test('request --wait tells what happens and ends when the connection is ready', async () => {
    const waiting = runProcess(
      ['request', 'orders-db', '--because', 'worth waiting for', '--wait', '--json'],
      as('alice'),
    );
    const requestId = await pendingOf('worth waiting for');
    await approve(requestId);
    const grantId = await issue(requestId);
    const result = await waiting;
    expect(result.status).toBe(0);
    expect(REQUEST.parse(JSON.parse(result.stdout))).toMatchObject({
      state: 'approved',
      grant: { state: 'active' },
    });
    expect(result.stderr).toContain(`${requestId} waits for 1 of sre and 1 of dba`);
    expect(result.stderr).toContain('Approved.');
    await finish(grantId);
  });

  test('request --wait fails with the reason when it is denied', async () => {
    const waiting = run('alice', 'request', 'orders-db', '--because', 'to be denied', '--wait');
    const requestId = await pendingOf('to be denied');
    expect((await run('dana', 'deny', requestId, '--because', 'use the replica')).status).toBe(0);
    const result = await waiting;
    expect(result.status).toBe(1);
    expect(result.stderr).toContain('was denied by Dana Okafor: use the replica');
  });

  test('approve shows the request first, and with nobody to ask it approves nothing', async () => {
    const id = await ask({ ticket: 'T-9' });
    const result = await run('bob', 'approve', id);
    expect(result.status).toBe(1);
    for (const shown of [id, 'Alice Moreau', 'orders-db', 'order 4711', 'T-9', '1 of sre: open']) {
      expect(result.stderr).toContain(shown);
    }
    expect(result.stderr).toContain('--yes');
    expect(REQUEST.parse(await json('alice', 'show', id)).votes).toEqual([]);
  });

  test('approve asks the person at the terminal, and takes only yes for yes', async () => {
    const id = await ask();
    const refused = await runOnTerminal(['approve', id], { ...as('bob'), answer: 'n' });
    expect(refused.status).toBe(1);
    expect(refused.output).toContain('Approve this request? [y/N]');
    expect(refused.output).toContain('Not approved.');
    const approved = await runOnTerminal(['approve', id], { ...as('bob'), answer: 'y' });
    expect(approved.status).toBe(0);
    expect(REQUEST.parse(await json('alice', 'show', id)).votes).toMatchObject([
      { person: { name: 'Bob Lindqvist' } },
    ]);
  });

  test('colours are for terminals, and only where they are wanted', async () => {
    const id = await ask();
    const coloured = await runOnTerminal(['show', id], { ...as('bob'), colour: true });
    expect(coloured.output).toContain('\u001b[33mpending');
    const plain = await runOnTerminal(['show', id], as('bob'));
    expect(plain.output).not.toContain('\u001b[');
    expect(plain.output).toContain('pending');
  });

  test('one may not approve what one asked for; two different groups may, for less', async () => {
    const asked = await json(
      'alice',
      'request',
      'orders-db',
      '--role',
      'write',
      '--for',
      '1h',
      '--because',
      'own',
    );
    const { id } = REQUEST.parse(asked);
    const own = await run('alice', 'approve', id, '--yes');
    expect(own).toMatchObject({ status: 1, stdout: '' });
    expect(own.stderr).toMatch(/^sallyport: .*own/m);
    expect((await run('bob', 'approve', id, '--yes')).stdout).toContain('Others still have to approve');
    expect((await run('dana', 'approve', id, '--yes', '--for', '30m')).stdout).toMatch(
      /^Approved\. Grant g-/,
    );
    const grantId = await issue(id);
    expect(GRANT.parse(await json('bob', 'show', grantId))).toMatchObject({
      state: 'active',
      durationMs: 1_800_000,
    });
    expect((await run('alice', 'done', grantId)).stdout).toContain('is done');
  });

  test('a held command is shown with every character of it, and then approved or denied', async () => {
    const grantId = await grant();
    const context = { context: web.current.access };
    const sessionId = await liveSession(context, grantId);
    const text = `drop table\n\told_orders; -- \u202e${'x'.repeat(3_000)}`;
    const first = await hold(context, sessionId, { text, parameters: ['7'] });
    const listed = await run('dana', 'requests', '--for-me');
    expect(listed.stdout).toMatch(new RegExp(`^${first.id} +held +Alice Moreau +orders-db`, 'm'));
    expect(await json('dana', 'requests', '--for-me')).toMatchObject({ held: [{ id: first.id, text }] });

    const unasked = await run('dana', 'approve', first.id);
    expect(unasked).toMatchObject({ status: 1, stdout: '' });
    expect(unasked.stderr).toContain(`    drop table\n    \told_orders; -- \\u{202e}${'x'.repeat(3_000)}\n`);
    for (const shown of ['$1 = "7"', first.textSha256, 'app_rw in shop', '1 of dba: open', '--yes']) {
      expect(unasked.stderr).toContain(shown);
    }
    expect((await run('bob', 'approve', first.id, '--yes')).status).toBe(1);
    const approved = await run('dana', 'approve', first.id, '--session', '--yes');
    expect(approved.stdout).toContain('Approved. It runs now.');
    expect(HOLD.parse(await json('alice', 'show', first.id))).toMatchObject({
      state: 'approved',
      scope: 'session',
    });

    const second = await hold(context, sessionId, { statement: 2 });
    expect((await run('dana', 'deny', second.id, '--because', 'use the migration')).stdout).toContain(
      `Command ${second.id} is denied.`,
    );
    await finish(grantId);
  });

  test('lists show the same as the API, aligned, and say so when empty', async () => {
    const id = await ask();
    const table = await run('bob', 'requests', '--for-me');
    const [header = '', ...rows] = table.stdout.trimEnd().split('\n');
    const row = rows.find((line) => line.startsWith(id)) ?? '';
    expect(header).toMatch(/^ID +STATE +WHO +RESOURCE/);
    expect(row.indexOf('orders-db')).toBe(header.indexOf('RESOURCE'));
    expect((await run('alice', 'cancel', id)).stdout).toContain('is cancelled');
    const none = await run('bob', 'requests', '--mine');
    expect(none).toMatchObject({ status: 0, stdout: '' });
    expect(none.stderr).toContain('no such requests');
  });

  test('what a requester typed cannot drive the terminal of who reads it', async () => {
    const id = await ask({ reason: 'fine\u001b[2K\u202eevil\nState  approved' });
    for (const result of [
      await run('bob', 'show', id),
      await run('bob', 'requests'),
      await run('bob', 'approve', id),
    ]) {
      expect(result.stdout + result.stderr).not.toMatch(/\p{Cc}(?<![\n])|\u202e/u);
    }
    expect((await run('bob', 'show', id)).stdout).toMatch(
      /^Reason +fine\\u\{1b\}\[2K\\u\{202e\}evil\n {2,}State {2}approved$/m,
    );
  });

  async function pendingOf(reason: string): Promise<string> {
    for (let tries = 0; tries < 200; tries += 1) {
      const { body } = await web.current.call('bob', { path: '/requests?forMe=true' });
      const found = listOf(REQUEST)
        .parse(body)
        .items.find((request) => request.reason === reason);
      if (found !== undefined) return found.id;
      await sleep(50);
    }
    throw new Error(`no pending request for "${reason}"`);
  }
});

describe('connecting and looking back', () => {
  test('connect runs the real psql with the grant, masked and judged; afterwards everything is on record', async () => {
    const grantId = await grant();

    const select = ['-At', '-c', 'select email from customers order by id limit 2'];
    const rows = await run('alice', 'connect', 'orders-db', ...select);
    expect(rows).toMatchObject({ status: 0, stderr: '' });
    const [first] = await shop.current.query<{ email: string }>(
      'select email from customers order by id limit 1',
    );
    expect(rows.stdout.trim().split('\n')).toHaveLength(2);
    expect(rows.stdout).not.toContain(first?.email);

    const create = await run(
      'alice',
      'connect',
      'orders-db',
      '--',
      '-v',
      'ON_ERROR_STOP=1',
      '-c',
      'drop table customers',
    );
    expect(create.status).toBe(1);
    expect(create.stderr).toContain('ERROR');

    const sessions = await endedSessions(grantId);
    expect(sessions).toHaveLength(2);
    const read = sessions.find((session) => session.counts.denied === 0);
    const denied = sessions.find((session) => session.counts.denied > 0);
    if (read === undefined || denied === undefined) throw new Error('a session is missing');
    expect(read.counts.maskedCells).toBe(2);

    const replay = await run('alice', 'replay', read.id);
    expect(replay.stdout).toContain('select email from customers');
    expect(replay.stdout).toContain('email (masked)');
    expect(replay.stdout).not.toContain(first?.email);
    expect((await run('bob', 'replay', denied.id)).stdout).toMatch(/DENIED by .*\n {4}drop table customers/);
    expect((await run('carol', 'session', denied.id)).stdout).toMatch(/Commands +\d+, 1 denied/);

    const lines = await run('carol', 'export', read.id);
    const types = lines.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).type);
    expect(types).toEqual(
      expect.arrayContaining(['start', 'statement', 'rows', 'outcome', 'end', 'recording']),
    );
    expect((await run('carol', 'export', read.id, '--format', 'text')).stdout).toContain('Session ended');

    const file = `${read.id}.sprec`;
    expect((await run('carol', 'export', read.id, '--format', 'recording', '--output', file)).status).toBe(0);
    const again = await run('carol', 'export', read.id, '--output', file);
    expect(again.status).toBe(1);
    expect(again.stderr).toContain('EEXIST');
    const key = join(web.current.recordings, 'signing-key.pub');
    expect(await json('carol', 'verify', file, '--public-key', key)).toMatchObject({
      results: [{ ok: true, sessionId: read.id, headHex: read.recordingHead }],
    });

    expect((await run('alice', 'done')).status).toBe(0);
    const after = await run('alice', 'connect', 'orders-db', '-c', 'select 1');
    expect(after.status).toBe(1);
    expect(after.stderr).toContain('You hold no live grant on orders-db');
  });

  test('the secret travels in no argument, and the next reveal replaces it', async () => {
    const grantId = await grant();
    // psql itself tells how it was started: its arguments, its user, its password.
    const shown = await run(
      'alice',
      'connect',
      'orders-db',
      '-c',
      '\\! tr "\\\\0" " " < /proc/$PPID/cmdline; echo; echo $PGUSER; echo $PGPASSWORD',
    );
    const [commandLine = '', user, password = ''] = shown.stdout.split('\n');
    expect(commandLine).toContain('psql -c');
    expect(user).toBe(grantId);
    expect(password.length).toBeGreaterThan(20);
    expect(commandLine).not.toContain(password);

    const first = (await run('alice', 'connect', 'orders-db', '--print')).stdout.trim();
    expect(first).toMatch(new RegExp(`^postgresql://${grantId}:[^@]+@127\\.0\\.0\\.1:\\d+/`));
    const second = (await run('alice', 'connect', '--print', 'orders-db')).stdout.trim();
    expect(second).not.toBe(first);
    expect((await run('bob', 'revoke', grantId, '--because', 'enough')).stdout).toContain('is revoked');
  });

  test('the client’s own status is the command’s', async () => {
    const grantId = await grant();
    expect((await run('alice', 'connect', 'orders-db', '-c', 'select 1')).status).toBe(0);
    expect((await run('alice', 'connect', 'orders-db', '-f', 'gone.sql')).status).toBe(1);
    expect((await run('alice', 'connect', 'orders-db', '--role', 'read')).stderr).toContain(
      'no live grant on orders-db as read',
    );
    await finish(grantId);
  });

  test('the audit log is read by overseers, oldest first', async () => {
    const id = await ask();
    await web.current.call('alice', { path: `/requests/${id}/cancel`, json: {} });
    const tail = await run('carol', 'audit', 'tail', '--subject', id);
    const types = tail.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/)[2]);
    expect(types).toEqual(['request.created', 'request.cancelled']);
    expect((await run('alice', 'audit', 'tail')).stderr).toContain('oversight');
  });
});
