/** Forwarded connections through a real broker, with the real `ssh`, to a real OpenSSH server. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'ssh2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../../support/free-port.ts';
import { SERVER_ALIAS } from '../../../support/ssh/clients.ts';
import { makeKey } from '../../../support/ssh/host-keys.ts';
import { useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';
import { ofType, PATIENCE, recorded } from './exec-harness.ts';

const sshd = useSshd({ settings: ['X11Forwarding yes'] });
const broker = useSshBroker({
  sshd,
  roles: `
      run: { shell: exec }
      tunnel: { shell: exec, forwarding: { to: ["127.0.0.1:*"], listen: ["localhost:*"] } }
      offers: { shell: exec, allow: [run, indirect], forwarding: { agent: true, x11: true } }
      guided: { shell: guided, forwarding: { agent: true } }
      named: { shell: exec, forwarding: { to: ["db.internal:5432"] } }`,
  rules: `
  - { name: not-there, on: { kind: ssh }, match: { programs: [ssh-forward], arguments: ["*:1"] }, action: deny }`,
});

let echo: Server;
let port = 0;

beforeAll(async () => {
  echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const address = echo.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});

afterAll(() => void echo.close());

describe('ssh -L', () => {
  test('goes where the role lists, and the recording has the bytes', async () => {
    const client = await broker.current.client('tunnel');
    const input = Buffer.alloc(2_000_000, 'all of it');
    const { status, stdout } = await client.ssh(null, { arguments: ['-W', `127.0.0.1:${port}`], input });
    expect(status).toBe(0);
    expect(stdout).toBe(input.toString());
    const { events } = await recorded(broker.current, client.connection.username);
    expect(ofType(events, 'statement')).toMatchObject([
      { text: `ssh-forward 127.0.0.1:${port}`, verdict: { action: 'allow' } },
    ]);
    expect(ofType(events, 'channel')).toMatchObject([{ kind: 'forward', detail: `127.0.0.1:${port}` }]);
    expect(ofType(events, 'outcome')).toMatchObject([
      { tags: [`${input.length} bytes to the host`, `${input.length} bytes from the host`] },
    ]);
    expect(ofType(events, 'end')).toMatchObject([{ counts: { bytes: input.length } }]);
  });

  test.each([
    ['run', 'The role run does not forward to', () => `127.0.0.1:${port}`],
    ['named', 'The role named does not forward to', () => `127.0.0.1:${port}`],
    ['tunnel', 'The role tunnel does not forward to localhost:', () => `localhost:${port}`],
    ['tunnel', 'The rule not-there refuses this.', () => '127.0.0.1:1'],
    ['tunnel', 'Nothing is forwarded to Sallyport itself.', () => `127.0.0.1:${broker.current.port}`],
  ])('of %s does not go elsewhere: %s', async (role, reason, destination) => {
    const client = await broker.current.client(role);
    const args = ['-o', 'LogLevel=INFO', '-W', destination()];
    const { status, stdout, stderr } = await client.ssh(null, { arguments: args, input: 'x' });
    expect(status).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain(`administratively prohibited: ${reason}`);
    const { events } = await recorded(broker.current, client.connection.username);
    expect(ofType(events, 'statement')).toMatchObject([
      { text: `ssh-forward ${destination()}`, verdict: { action: 'deny' } },
    ]);
  });

  test('is judged, recorded and opened in the one form of its address, and by a port that there is', async () => {
    const { username, password } = await broker.current.connection('tunnel');
    const connection = new Client();
    connection.connect({ host: '127.0.0.1', port: broker.current.port, username, password });
    await once(connection, 'ready');
    const opened = (host: string, at: number): Promise<boolean> =>
      new Promise((resolve) => {
        connection.forwardOut('127.0.0.1', 1, host, at, (error) => resolve(error === undefined));
      });
    expect(await opened('0x7f.1', port)).toBe(true);
    expect(await opened('::ffff:127.0.0.1', 1)).toBe(false);
    expect(await opened('127.0.0.1', 65_536 + port)).toBe(false);
    expect(await opened('2130706433', broker.current.port)).toBe(false);
    connection.end();
    const { events } = await recorded(broker.current, username);
    expect(ofType(events, 'statement').map(({ text, verdict }) => [text, verdict.rule])).toEqual([
      [`ssh-forward 127.0.0.1:${port}`, null],
      ['ssh-forward 127.0.0.1:1', 'not-there'],
      [`ssh-forward '(a name)'`, 'unreadable-name'],
      [`ssh-forward 127.0.0.1:${broker.current.port}`, 'broker'],
    ]);
  });

  test('asked for too often at once is refused without a word in the recording', async () => {
    const { username, password } = await broker.current.connection('run');
    const connection = new Client();
    connection.connect({ host: '127.0.0.1', port: broker.current.port, username, password });
    await once(connection, 'ready');
    const asked = Array.from(
      { length: 700 },
      () =>
        new Promise<string>((resolve) => {
          connection.forwardOut('127.0.0.1', 1, 'nowhere', 1, (error) => resolve(error?.message ?? 'opened'));
        }),
    );
    const answers = await Promise.all(asked);
    connection.end();
    const tooFast = answers.filter((message) => message.includes('Too much is asked for at once.')).length;
    expect(tooFast).toBeGreaterThan(0);
    const { events } = await recorded(broker.current, username);
    expect(ofType(events, 'statement')).toHaveLength(700 - tooFast);
    expect(700 - tooFast).toBeGreaterThanOrEqual(500);
  });

  test('does not go to sockets in the file system', async () => {
    const { username, password } = await broker.current.connection('tunnel');
    const connection = new Client();
    // Else it does not even ask.
    connection.connect({
      host: '127.0.0.1',
      port: broker.current.port,
      username,
      password,
      strictVendor: false,
    });
    await once(connection, 'ready');
    const error = await new Promise<Error | undefined>((resolve) => {
      connection.openssh_forwardOutStreamLocal('/run/any.sock', (problem) => resolve(problem));
    });
    expect(error?.message).toMatch(/open failed|Channel/);
    connection.end();
  });
});

describe('ssh -R', () => {
  test('listens where the role lists, as long as the session', async () => {
    const client = await broker.current.client('tunnel');
    const at = await freePort();
    const args = ['-F', client.configFile, '-N', '-R', `localhost:${at}:127.0.0.1:${port}`, SERVER_ALIAS];
    const child = spawn('ssh', args, { env: client.environment, stdio: 'ignore' });
    await expect.poll(() => echoed(at, 'hello'), PATIENCE).toBe('hello');
    child.kill('SIGTERM');
    const { events } = await recorded(broker.current, client.connection.username);
    expect(ofType(events, 'statement')).toMatchObject([{ text: `ssh-forward listen localhost:${at}` }]);
    expect(ofType(events, 'channel')[0]).toMatchObject({ kind: 'forward' });
    await expect.poll(() => echoed(at, 'hello'), PATIENCE).toBeNull();
  });

  test('that is refused says why where something runs', async () => {
    const client = await broker.current.client('run');
    const args = ['-R', `localhost:${await freePort()}:127.0.0.1:${port}`];
    const { status, stdout, stderr } = await client.ssh('echo ran', { arguments: args });
    expect([status, stdout]).toEqual([0, 'ran\n']);
    expect(stderr).toContain('its forwarding.listen does not list it.');
  });

  test('does not listen elsewhere', async () => {
    const client = await broker.current.client('run');
    const at = await freePort();
    const args = ['-N', '-o', 'ExitOnForwardFailure=yes', '-R', `localhost:${at}:127.0.0.1:${port}`];
    const { status, stderr } = await client.ssh(null, { arguments: args });
    expect(status).toBe(255);
    expect(stderr).toContain('remote port forwarding failed');
  });
});

describe('ssh -A', () => {
  let agent: ChildProcess;
  let socket = '';
  let fingerprint = '';
  let keyDirectory = '';

  beforeAll(async () => {
    keyDirectory = await mkdtemp(join(tmpdir(), 'sallyport-agent-test-'));
    socket = join(keyDirectory, 'agent');
    agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    const key = makeKey({ file: join(keyDirectory, 'key') });
    while (!existsSync(socket)) await sleep(5);
    const environment = { ...process.env, SSH_AUTH_SOCK: socket };
    execFileSync('ssh-add', ['-q', key.file], { env: environment, stdio: 'ignore' });
    fingerprint = execFileSync('ssh-add', ['-l'], { env: environment, encoding: 'utf8' });
  });

  afterAll(async () => {
    agent.kill();
    await rm(keyDirectory, { recursive: true });
  });

  const withAgent = (): readonly string[] => ['-A', '-o', `IdentityAgent=${socket}`];

  test('lets what runs ask the agent of the client, and the recording has each connection', async () => {
    const client = await broker.current.client('offers');
    const { status, stdout, stderr } = await client.ssh('ssh-add -l && ssh-add -L', {
      arguments: withAgent(),
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.startsWith(fingerprint)).toBe(true);
    const { events } = await recorded(broker.current, client.connection.username);
    const forwards = ofType(events, 'statement').filter(({ text }) => text.startsWith('ssh-forward'));
    expect(forwards.map(({ text, verdict }) => [text, verdict.action])).toEqual(
      Array(3).fill(['ssh-forward agent', 'allow']),
    );
    const channels = ofType(events, 'channel').filter(({ kind }) => kind === 'forward');
    expect(channels.map(({ detail }) => detail)).toEqual(['agent', 'agent']);
    const outcomes = ofType(events, 'outcome').filter(({ statement }) =>
      forwards.some((forward) => forward.statement === statement),
    );
    expect(outcomes[0]?.tags).toEqual(['offered to the host']);
    expect(outcomes[1]?.tags).toEqual([
      expect.stringMatching(/^[1-9]\d* bytes to the host$/),
      expect.stringMatching(/^[1-9]\d* bytes from the host$/),
    ]);
  });

  test('is refused with the setting of the role that would allow it, and the command runs without', async () => {
    const client = await broker.current.client('run');
    const { status, stdout, stderr } = await client.ssh('printenv SSH_AUTH_SOCK', { arguments: withAgent() });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain("does not forward the client's agent: its forwarding.agent is not true.");
    const { events } = await recorded(broker.current, client.connection.username);
    expect(ofType(events, 'statement')[0]).toMatchObject({
      text: 'ssh-forward agent',
      verdict: { action: 'deny', rule: 'role' },
    });
  });

  test('is there for the commands of a guided shell, and not where nobody asks for it', async () => {
    const client = await broker.current.client('guided');
    const asked = { arguments: ['-T', ...withAgent()], input: 'ssh-add -l\nssh-add -l\n' };
    const { stdout } = await client.ssh(null, asked);
    expect(stdout).toBe(fingerprint.repeat(2));
    const without = await client.ssh(null, { arguments: ['-T'], input: 'printenv SSH_AUTH_SOCK\n' });
    expect(without.stdout).toBe('');
  });
});

describe('ssh -X', () => {
  /** In place of a screen: it refuses every program in the words of the protocol, and keeps what was asked. */
  let screen: Server;
  let display = '';
  const asked: Buffer[] = [];

  beforeAll(async () => {
    screen = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (chunk: Buffer) => {
        asked.push(chunk);
        const reason = Buffer.from('no window today\n');
        socket.end(
          Buffer.concat([Buffer.from([0, reason.length, 11, 0, 0, 0, reason.length / 4, 0]), reason]),
        );
      });
    });
    screen.listen(0, '127.0.0.1');
    await once(screen, 'listening');
    const address = screen.address();
    display = `127.0.0.1:${(typeof address === 'object' && address !== null ? address.port : 0) - 6_000}`;
  });

  afterAll(() => void screen.close());

  test('lets a program on the host reach the screen of the client', async () => {
    const client = await broker.current.client('offers');
    const options = { arguments: ['-Y'], environment: { DISPLAY: display } };
    const { stderr } = await client.ssh('xdpyinfo', options);
    expect(stderr).toContain('no window today');
    expect(asked[0]?.subarray(12, 30).toString()).toBe('MIT-MAGIC-COOKIE-1');
    const { events } = await recorded(broker.current, client.connection.username);
    expect(ofType(events, 'statement').map(({ text }) => text)).toEqual([
      'ssh-forward x11',
      'xdpyinfo',
      'ssh-forward x11',
    ]);
    expect(ofType(events, 'channel')).toMatchObject([
      { kind: 'exec' },
      { kind: 'forward', detail: expect.stringMatching(/^x11 from 127\.0\.0\.1:\d+$/) },
    ]);
  });

  test('is refused where the role does not say so', async () => {
    const client = await broker.current.client('guided');
    const options = { arguments: ['-Y'], environment: { DISPLAY: display } };
    const { stdout, stderr } = await client.ssh('printenv DISPLAY', options);
    expect(stdout).toBe('');
    expect(stderr).toContain('does not forward X11: its forwarding.x11 is not true.');
  });
});

/** What comes back; null when nobody listens. */
function echoed(at: number, text: string): Promise<string | null> {
  return new Promise((resolve) => {
    let got = '';
    const socket = connect(at, '127.0.0.1', () => socket.end(text));
    socket.on('data', (chunk) => {
      got += chunk.toString();
    });
    socket.on('end', () => resolve(got));
    socket.on('error', () => resolve(null));
  });
}
