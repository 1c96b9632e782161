/** Logins at the broker by registered keys and by answers, with the real client. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2, { Client, type IdentityCallback, type ParsedKey, type SignCallback } from 'ssh2';
import { beforeAll, describe, expect, test } from 'vitest';
import { expireRequest } from '../../../../src/access/close-request.ts';
import { listSessions } from '../../../../src/access/read-access.ts';
import { registerKey, removeKey } from '../../../../src/access/ssh-keys.ts';
import type { Person } from '../../../../src/core/identity.ts';
import type { KeyFile } from '../../../support/ssh/host-keys.ts';
import { useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';
import { KEY, sshTerminal } from '../../../support/ssh/terminal.ts';
import { startTokenAgent, tokenKey } from '../../../support/ssh/token-agent.ts';
import { LOGIN_SETTINGS, useLogins } from './login-harness.ts';

const sshd = useSshd();
const broker = useSshBroker({
  sshd,
  settings: LOGIN_SETTINGS,
  roles: `
      run: { shell: exec }
      operator: { shell: guided }`,
});
const logins = useLogins(broker);
const SHOWN = ['LogLevel INFO'];
const PATIENCE = { timeout: 15_000, interval: 20 };

beforeAll(async () => {
  const { access, policy } = broker.current;
  const needsVote =
    '  - { name: asked, who: { groups: [askers] }, to: { kind: ssh }, roles: [run, operator], maxDuration: 4h, approval: { from: [{ group: sre }], within: 30m } }';
  const hasty =
    '  - { name: hasty, who: { groups: [hasty] }, to: { kind: ssh }, roles: [run], maxDuration: 4h, approval: { from: [{ group: sre }], within: 1s } }';
  access.applyPolicy(policy.replace('\nrules:', `\n${needsVote}\n${hasty}\nrules:`));
  await access.person('bob', ['sre']);
});

async function keyedAlice(type?: string) {
  const { alice } = broker.current;
  const key = logins.key(type);
  return { alice, key, registered: await logins.register(alice, key) };
}

/** Somebody who has to ask, with a key. */
async function asker(name: string, group = 'askers') {
  const by = await logins.person(name, [group]);
  const key = logins.key();
  await logins.register(by, key);
  const client = (username = 'web-1') =>
    logins.client({ username, privateKeyFile: key.file, settings: SHOWN });
  return { by, key, client };
}

describe('a registered key', () => {
  test.each(['ed25519', 'ecdsa'] as const)('in a security token (%s) opens a session', async (kind) => {
    const { alice } = broker.current;
    const key = tokenKey(kind);
    await registerKey(broker.current.context, { line: key.publicKey, by: alice });
    await broker.current.connection('run');
    const client = await logins.client({ username: 'web-1' });
    const socket = join(client.directory, 'agent');
    const agent = await startTokenAgent(socket, key);
    const settings = ['IdentityAgent', 'PreferredAuthentications', 'IdentitiesOnly'].map(
      (name, index) => `-o${name}=${[socket, 'publickey', 'no'][index]}`,
    );
    const done = await client.ssh('echo in', { arguments: settings });
    agent.close();
    expect(done).toMatchObject({ status: 0, stdout: 'in\n' });
  });

  test.each(['ed25519', 'ecdsa', 'rsa'])('of type %s opens a session under the grant', async (type) => {
    const { key } = await keyedAlice(type);
    const { username } = await broker.current.connection('run');
    for (const name of ['web-1', 'web-1+run', username]) {
      const client = await logins.client({ username: name, privateKeyFile: key.file });
      expect(await client.ssh('echo in')).toMatchObject({ status: 0, stdout: 'in\n' });
    }
  });

  test('chooses the role that is named, and lets nobody in under a role that is not there', async () => {
    const { key } = await keyedAlice();
    const run = await broker.current.connection('run');
    const operator = await broker.current.connection('operator');
    const client = await logins.client({ username: 'web-1+run', privateKeyFile: key.file });
    expect((await client.ssh('true')).status).toBe(0);
    expect((await broker.current.endedSession(run.username)).role).toBe('run');
    const other = await logins.client({ username: 'web-1+operator', privateKeyFile: key.file });
    expect((await other.ssh('true')).status).toBe(0);
    expect((await broker.current.endedSession(operator.username)).role).toBe('operator');
    const none = await logins.client({ username: 'web-1+nothing', privateKeyFile: key.file });
    const refused = await none.ssh('true');
    expect(refused.status).toBe(255);
    expect(refused.stderr).toContain('web-1 has no role nothing');
  });

  test('is no way into the grant of somebody else, and none at all once it is removed', async () => {
    const { username } = await broker.current.connection('run');
    const { key: others } = await asker('eve');
    const stranger = await logins.client({ username, privateKeyFile: others.file });
    expect(await stranger.ssh('true')).toMatchObject({ status: 255, stdout: '' });
    const { alice, key, registered } = await keyedAlice();
    const own = await logins.client({ username, privateKeyFile: key.file });
    expect((await own.ssh('true')).status).toBe(0);
    await removeKey(broker.current.context, { id: registered.id, by: alice });
    expect((await own.ssh('true')).status).toBe(255);
  });

  test('that is only asked about posts nothing and opens nothing', async () => {
    const { by, key } = await asker('prober');
    let asked = 0;
    // Asked to sign only after the broker has said that the key is acceptable.
    const error = await loginByAgent(key, () => {
      asked += 1;
      return null;
    });
    expect(error).toContain('not signed');
    expect(asked).toBe(1);
    expect(await logins.requestsOf(by)).toEqual([]);
  });

  test('with a signature of another key is refused, and posts nothing', async () => {
    const { by, key } = await asker('forger');
    const wrong = keyIn(logins.key());
    const error = await loginByAgent(key, (data) => wrong.sign(data));
    expect(error).toContain('authentication methods failed');
    expect(await logins.requestsOf(by)).toEqual([]);
  });
});

function keyIn({ file }: KeyFile): ParsedKey {
  const key = ssh2.utils.parseKey(readFileSync(file));
  if (key instanceof Error) throw key;
  return key;
}

/** Shows a key, and what is said to be its signature. @returns how the login fails */
async function loginByAgent(key: KeyFile, sign: (data: Buffer) => Buffer | null): Promise<string> {
  class Agent extends ssh2.BaseAgent<ParsedKey> {
    getIdentities(done: IdentityCallback<ParsedKey>): void {
      done(undefined, [keyIn(key)]);
    }
    sign(_key: ParsedKey, data: Buffer, ...more: unknown[]): void {
      const done = more.at(-1) as SignCallback;
      const signature = sign(data);
      if (signature === null) done(new Error('not signed'));
      else done(undefined, signature);
    }
  }
  const connection = new Client();
  const failed = once(connection, 'error');
  connection.on('error', () => undefined);
  const { port } = broker.current;
  connection.connect({
    host: '127.0.0.1',
    port,
    username: 'web-1',
    agent: new Agent(),
    authHandler: ['agent'],
  });
  const [error] = await failed;
  connection.end();
  return String(error);
}

describe('a login that asks', () => {
  async function answer(by: Person, client: Awaited<ReturnType<typeof logins.client>>, command?: string) {
    const terminal = sshTerminal(client, { asks: true, ...(command === undefined ? {} : { command }) });
    await terminal.waitFor('Role [run]: ');
    terminal.type('nothing\r');
    // Each answer waits for its prompt: ssh drops what was typed before it asks.
    await terminal.waitFor(/There is no role nothing[\s\S]*Role \[run\]: /);
    terminal.type(KEY.enter);
    await terminal.waitFor('Reason: ');
    terminal.type(KEY.enter);
    await terminal.waitFor(/Say why you need it[\s\S]*Reason: /);
    terminal.type('the disk is full\r');
    await terminal.waitFor('For how long [1h]: ');
    terminal.type('9h\r');
    await terminal.waitFor(/The longest is 4h[\s\S]*For how long \[1h\]: /);
    expect(await logins.requestsOf(by)).toEqual([]);
    terminal.type('30m\r');
    const request = await logins.requestOf(by);
    await terminal.waitFor(`Asked as ${request.id}`);
    await terminal.waitFor('Waiting for Bob');
    return { terminal, request };
  }

  test('asks what is missing, waits, and is let in when it is approved', async () => {
    const { by, client } = await asker('walter');
    const { terminal, request } = await answer(by, await client(), 'echo let in');
    expect(request).toMatchObject({ role: 'run', reason: 'the disk is full', durationMs: 1_800_000 });
    await logins.vote(request.id, 'approve', 'go \x1b[31mon');
    await terminal.waitFor('Bob approved: go \\\\u{1b}[31mon');
    expect(terminal.received()).not.toContain('\x1b[31m');
    await logins.issue(request.id);
    await terminal.waitFor('let in');
    expect((await terminal.exited).status).toBe(0);
    await terminal.close();
  });

  test('tells a denial with its note, and lets nobody in', async () => {
    const { by, client } = await asker('denied');
    const { terminal, request } = await answer(by, await client(), 'echo let in');
    await logins.vote(request.id, 'deny', 'not on a Friday');
    await terminal.waitFor(`Bob denied ${request.id}: not on a Friday`);
    expect((await terminal.exited).status).toBe(255);
    expect(terminal.scrollback()).not.toMatch(/^let in/m);
    await terminal.close();
  });

  test('tells that nobody decided in time', async () => {
    const { by, key } = await asker('lapsed', 'hasty');
    const client = await logins.client({ username: 'web-1', privateKeyFile: key.file, settings: SHOWN });
    const terminal = sshTerminal(client, { asks: true, command: 'echo let in' });
    await terminal.waitFor('Reason: ');
    terminal.type('the disk is full\r');
    await terminal.waitFor('For how long [1h]: ');
    terminal.type(KEY.enter);
    const { id: requestId } = await logins.requestOf(by);
    await terminal.waitFor('Waiting for Bob');
    await expect.poll(() => expireRequest(broker.current.context, { requestId }), PATIENCE).toBe(true);
    await terminal.waitFor(`Nobody decided about ${requestId} in time`);
    expect((await terminal.exited).status).toBe(255);
    await terminal.close();
  });

  test('takes the request back on Ctrl-C', async () => {
    const { by, client } = await asker('leaver');
    const { terminal } = await answer(by, await client());
    terminal.type(KEY.ctrlC);
    await terminal.exited;
    await expect.poll(async () => (await logins.requestOf(by)).state, PATIENCE).toBe('cancelled');
    await terminal.close();
  });

  test('in BatchMode is refused in words, and posts nothing', async () => {
    const { by, client } = await asker('batch');
    const { status, stderr } = await (await client()).ssh('true', { arguments: ['-oBatchMode=yes'] });
    expect(status).toBe(255);
    expect(stderr).toContain('not in BatchMode');
    expect(await logins.requestsOf(by)).toEqual([]);
  });
});

describe('the secret of a handle', () => {
  test('is asked for without an echo', async () => {
    const { username, password } = await broker.current.connection('run');
    const client = await logins.client({
      username,
      settings: ['PreferredAuthentications keyboard-interactive'],
    });
    const terminal = sshTerminal(client, { asks: true, command: 'echo in' });
    await terminal.waitFor(`Secret of ${username}: `);
    terminal.type(`${password}\r`);
    expect((await terminal.exited).status).toBe(0);
    await terminal.waitFor(/^in$/m);
    expect(terminal.scrollback()).not.toContain(password);
    await terminal.close();
  });

  test('that is right leaves no session behind when its client goes while one is opened', async () => {
    const { username, password } = await broker.current.connection('run');
    const { context, port } = broker.current;
    const sessions = () => listSessions(context, { viewer: null });
    const ofGrant = async () => (await sessions()).filter(({ grantId }) => grantId === username);
    for (let afterMs = 0; (await ofGrant()).length < 5 && afterMs < 60; afterMs += 1) {
      const connection = new Client();
      connection.on('error', () => undefined);
      const gone = once(connection, 'close');
      connection.on('handshake', () => setTimeout(() => connection.destroy(), afterMs));
      connection.connect({ host: '127.0.0.1', port, username, password });
      await gone;
    }
    expect((await ofGrant()).length).toBeGreaterThan(0);
    await expect
      .poll(async () => (await ofGrant()).filter(({ endedAt }) => endedAt === null), PATIENCE)
      .toEqual([]);
  });

  test('may be wrong six times on a connection, over all methods', async () => {
    const { username } = await broker.current.connection('run');
    const connection = new Client();
    const tried: string[] = [];
    connection.on('keyboard-interactive', (_name, _text, _language, _prompts, finish) => finish(['wrong']));
    connection.connect({
      host: '127.0.0.1',
      port: broker.current.port,
      username,
      authHandler: (_left, _partial, next) => {
        const type = tried.length % 2 === 0 ? 'password' : 'keyboard-interactive';
        tried.push(type);
        (next as (method: object) => void)(
          type === 'password'
            ? { type, username, password: 'wrong' }
            : {
                type,
                username,
                prompt: (...args: unknown[]) => (args.at(-1) as (answers: string[]) => void)(['wrong']),
              },
        );
      },
    });
    connection.on('error', () => undefined);
    const startedAtMs = performance.now();
    await once(connection, 'close');
    expect(tried).toHaveLength(6);
    expect(performance.now() - startedAtMs).toBeGreaterThan(6 * 750 - 50);
  });
});

test('without a key, a login by a name of a resource says how to get in', async () => {
  const client = await logins.client({
    username: 'web-1',
    settings: [...SHOWN, 'PreferredAuthentications keyboard-interactive'],
  });
  const { status, stderr } = await client.ssh('true');
  expect(status).toBe(255);
  expect(stderr).toContain('sallyport keys add');
});
