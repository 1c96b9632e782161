/** Forwarded connections through a real broker, with the real `ssh`, to a real OpenSSH server. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { Client } from 'ssh2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../../support/free-port.ts';
import { SERVER_ALIAS } from '../../../support/ssh/clients.ts';
import { useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';
import { ofType, PATIENCE, recorded } from './exec-harness.ts';

const sshd = useSshd();
const broker = useSshBroker({
  sshd,
  roles: `
      run: { shell: exec }
      tunnel: { shell: exec, forwarding: { to: ["127.0.0.1:*"], listen: ["localhost:*"] } }
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
    ['run', () => `127.0.0.1:${port}`],
    ['named', () => `127.0.0.1:${port}`],
    ['tunnel', () => `localhost:${port}`],
    ['tunnel', () => '127.0.0.1:1'],
    ['tunnel', () => `127.0.0.1:${broker.current.port}`],
  ])('of %s does not go elsewhere', async (role, destination) => {
    const client = await broker.current.client(role);
    const { status, stdout } = await client.ssh(null, { arguments: ['-W', destination()], input: 'x' });
    expect(status).not.toBe(0);
    expect(stdout).toBe('');
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

  test('does not listen elsewhere', async () => {
    const client = await broker.current.client('run');
    const at = await freePort();
    const args = ['-N', '-o', 'ExitOnForwardFailure=yes', '-R', `localhost:${at}:127.0.0.1:${port}`];
    const { status, stderr } = await client.ssh(null, { arguments: args });
    expect(status).toBe(255);
    expect(stderr).toContain('remote port forwarding failed');
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
