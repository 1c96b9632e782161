/** Connections to the broker's SSH port, from their first byte to their end: what goes wrong on either side, and load. */
import { once } from 'node:events';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { finishGrant } from '../../../../src/access/end-grant.ts';
import { listSessions } from '../../../../src/access/read-access.ts';
import { createBroker } from '../../../../src/broker/broker.ts';
import { generateCertificate } from '../../../../src/broker/certificate.ts';
import { recordingPath } from '../../../../src/recording/layout.ts';
import { verifyRecording } from '../../../../src/recording/verify.ts';
import { useSshClients } from '../../../support/ssh/clients.ts';
import { makeKey } from '../../../support/ssh/host-keys.ts';
import { useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';
import { sshTerminal } from '../../../support/ssh/terminal.ts';
import { tries } from '../../../support/thoroughness.ts';
import { connect, exec, PATIENCE, startSsh, untilRunning } from './exec-harness.ts';

const sshd = useSshd();
const clients = useSshClients();
const broker = useSshBroker({ sshd, resource: '    sessionsMax: 60' });

const use = (policy: string): void => broker.current.access.applyPolicy(policy);
afterEach(() => use(broker.current.policy));

describe('a target', () => {
  test('with another host key than the pinned one is refused with the line to add, when asked for and when connected', async () => {
    const client = await broker.current.client('run');
    const { publicKey } = makeKey({ file: join(client.directory, 'other') });
    use(broker.current.policy.replace(sshd.current.hostKey, publicKey));
    const told = `hostKey: "${sshd.current.hostKey}"`;
    const { status, stdout, stderr } = await client.ssh('echo ran');
    expect({ status, stdout }).toEqual({ status: 255, stdout: '' });
    expect(stderr).toContain(told);
    await expect(broker.current.connection('run')).rejects.toThrow(told);
    expect(broker.current.log()).not.toContain('PRIVATE KEY');
  });

  test('that is down is said to be, and so is one that refuses the login', async () => {
    const client = await broker.current.client('run');
    await sshd.current.kill();
    const down = await client.ssh('echo ran');
    expect(down.stderr).toContain('The target web-1 cannot be reached');
    expect(down).toMatchObject({ status: 255, stdout: '' });
    await sshd.current.restart();
    use(broker.current.policy.replace('username: deploy', 'username: somebody'));
    const refused = await client.ssh('echo ran');
    expect(refused.stderr).toContain('did not accept the configured login (its private key)');
    expect(refused.stderr).not.toContain(sshd.current.privateKeyFile);
    expect(refused).toMatchObject({ status: 255, stdout: '' });
  });

  test('that takes its time with the login keeps no session from ending', async () => {
    const { context, policy, alice } = broker.current;
    const client = await broker.current.client('run');
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const asked = once(silent, 'connection');
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : 0;
    use(policy.replace(`127.0.0.1:${sshd.current.port}`, `127.0.0.1:${port}`));
    const { closed, output } = startSsh(client, 'echo ran');
    const [socket] = (await asked) as [Socket];
    const fromMs = performance.now();
    await finishGrant(context, { grantId: client.connection.username, by: alice });
    await closed;
    expect(performance.now() - fromMs).toBeLessThan(2_000);
    expect(output.stdout).toBe('');
    expect((await broker.current.endedSession(client.connection.username)).endReason).toBe('grant-done');
    socket.destroy();
    silent.close();
  });

  test('that goes away ends the session', async () => {
    const client = await broker.current.client('run');
    const { closed, output } = startSsh(client, 'sleep 8501');
    await untilRunning(broker.current, 'sleep 8501');
    await sshd.current.kill();
    expect(await closed).not.toBe(0);
    expect(output.stderr).toContain('The target closed the connection');
    await sshd.current.restart();
    expect((await broker.current.endedSession(client.connection.username)).endReason).toBe('upstream-closed');
  });
});

describe('a recording', () => {
  test('that cannot begin lets nothing run', async () => {
    const client = await broker.current.client('run');
    const { directory } = broker.current;
    renameSync(directory, `${directory}-away`);
    writeFileSync(directory, '');
    const { status, stdout, stderr } = await client.ssh('echo ran');
    rmSync(directory);
    renameSync(`${directory}-away`, directory);
    expect({ status, stdout }).toEqual({ status: 255, stdout: '' });
    expect(stderr).toMatch(/record/);
    expect((await client.ssh('echo ran')).stdout).toBe('ran\n');
  });

  test('that breaks ends its session and what runs in it', async () => {
    const client = await broker.current.client('run');
    const { child, closed, output } = startSsh(client, 'cat; sleep 8502');
    await untilRunning(broker.current, 'cat');
    const sessions = await listSessions(broker.current.context, { viewer: null, live: true });
    const session = sessions.find(({ grantId }) => grantId === client.connection.username);
    rmSync(recordingPath(broker.current.directory, session?.id ?? ''));
    child.stdin.write(`${'x'.repeat(10_000)}\n`);
    await closed;
    expect(output.stderr).toContain('can no longer be recorded');
    expect(sshd.current.processes()).toEqual([]);
    expect((await broker.current.endedSession(client.connection.username)).endReason).toBe(
      'recording-failed',
    );
  });

  test('of a session that has ended is sealed and verifies as a whole', async () => {
    const client = await broker.current.client('run');
    await client.ssh('echo one; ls /missing');
    const { id, recordingHead } = await broker.current.endedSession(client.connection.username);
    const { publicKeyPem } = broker.current.keys;
    const path = recordingPath(broker.current.directory, id);
    expect(await verifyRecording({ path, publicKeyPem })).toMatchObject({
      ok: true,
      headHex: recordingHead,
    });
  });
});

describe('a client', () => {
  const open = async (): Promise<{ socket: Socket; received: () => string; closed: Promise<unknown> }> => {
    const socket = connectTcp({ host: '127.0.0.1', port: broker.current.port });
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    const closed = once(socket, 'close');
    await once(socket, 'connect');
    return { socket, received: () => text, closed };
  };

  test.each([
    ['that speaks HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: web-1\r\n\r\n')],
    ['whose first line has no end', Buffer.alloc(100_000, 'x')],
    [
      'that sends an oversized packet',
      Buffer.from(`SSH-2.0-x\r\n\x7f\xff\xff\xff${'x'.repeat(1000)}`, 'latin1'),
    ],
    ['that sends a packet of no length', Buffer.from(`SSH-2.0-x\r\n${'\0'.repeat(1000)}`)],
    [
      'that garbles its keys',
      Buffer.from(`SSH-2.0-x\r\n\0\0\x03\xfc\x04\x14${'\xff'.repeat(1018)}`, 'latin1'),
    ],
    ['of version 1', Buffer.from('SSH-1.5-old\r\n')],
  ])('%s is closed within seconds, and nobody else is hurt', async (_, bytes) => {
    const { socket, closed } = await open();
    const fromMs = performance.now();
    socket.write(bytes);
    await closed;
    expect(performance.now() - fromMs).toBeLessThan(5_000);
    expect(broker.current.log()).not.toContain('uncaught');
  });

  test.runIf(tries({ byDay: 0, byNight: 1 }) > 0)(
    'that says nothing is closed after ten seconds',
    async () => {
      const { closed, received } = await open();
      const fromMs = performance.now();
      await closed;
      expect(received()).toMatch(/^SSH-2\.0-Sallyport\r\n/);
      const took = performance.now() - fromMs;
      expect(took).toBeGreaterThan(8_000);
      expect(took).toBeLessThan(14_000);
    },
  );

  test('whose bytes are garbled once it is in is closed, with what runs for it', async () => {
    const login = broker.current.login(await broker.current.connection('run'));
    const connection = await connect(login);
    await exec(connection, 'sleep 8503');
    await untilRunning(broker.current, 'sleep 8503');
    const closed = new Promise<void>((resolve) => void connection.once('close', () => resolve()));
    connection.on('error', () => undefined);
    (connection as unknown as { _sock: Socket })._sock.write(Buffer.alloc(4_096, 0xa5));
    await closed;
    await untilRunning(broker.current, 'sleep 8503', false);
    expect((await broker.current.endedSession(login.username)).endReason).toBe('client-closed');
  });

  test('that sends beyond its window is closed', async () => {
    const login = broker.current.login(await broker.current.connection('run'));
    const connection = await connect(login);
    connection.on('error', () => undefined);
    const { channel } = await exec(connection, 'sleep 8504');
    await untilRunning(broker.current, 'sleep 8504');
    const closed = new Promise<void>((resolve) => void connection.once('close', () => resolve()));
    const { _protocol: protocol } = connection as unknown as {
      _protocol: { channelData(id: number, bytes: Buffer): void };
    };
    const { id } = channel.outgoing as { id: number };
    const packet = Buffer.alloc(30_000);
    for (let sent = 0; sent < 16 * 1_048_576; sent += packet.length) protocol.channelData(id, packet);
    await closed;
    expect(broker.current.log()).toContain('more than its window allows');
    await untilRunning(broker.current, 'sleep 8504', false);
  });

  test('on which nothing moves is closed, and one that waits for a command is not', async () => {
    use(`${broker.current.policy}`.replace('ssh: { address:', 'ssh: { idleMax: 1s, address:'));
    const login = broker.current.login(await broker.current.connection('run'));
    const connection = await connect(login);
    const closed = once(connection, 'close');
    const { exited, output } = await exec(connection, 'sleep 2; echo still here');
    await exited;
    expect(output.stdout).toBe('still here\n');
    await closed;
    expect((await broker.current.endedSession(login.username)).endReason).toBe('idle');
    const operator = await broker.current.client('operator');
    const terminal = sshTerminal(operator);
    await terminal.exited;
    expect(terminal.received()).toContain('Nothing moved for a long time');
    await terminal.close();
  });

  test('is one of many at once, and each gets its own answer', async () => {
    const login = broker.current.login(await broker.current.connection('run'));
    const numbers = Array.from({ length: tries({ byDay: 20, byNight: 50 }) }, (_, index) => index);
    const answerTo = async (number: number): Promise<readonly unknown[]> => {
      const connection = await connect(login);
      const { exited, output } = await exec(connection, `cat /dev/null; echo ${number}; exit ${number}`);
      const { status } = await exited;
      connection.end();
      // A machine that is too busy to confirm in time says so, and nothing ran.
      if (output.stderr.includes('Rule: state-unconfirmed')) return answerTo(number);
      return [output.stdout, status, output.stderr];
    };
    const answers = await Promise.all(numbers.map(answerTo));
    expect(answers).toEqual(numbers.map((number) => [`${number}\n`, number, '']));
    await expect.poll(() => broker.current.broker.liveSessions, PATIENCE).toBe(0);
  });

  test('whose command is longer than a packet may be is told so; here-documents and long ones run', async () => {
    const client = await broker.current.client('run');
    const long = await client.ssh(`echo ${'x'.repeat(100_000)}`);
    expect(long).toMatchObject({ status: 255, stdout: '' });
    expect(long.stderr).toContain('A command has to be shorter: put what is long into a file.');
    expect((await client.ssh(`echo ${'x'.repeat(30_000)}`)).stdout.length).toBe(30_001);
    expect((await client.ssh("cat <<'EOF'\nit's $HOME\nEOF")).stdout).toBe("it's $HOME\n");
  });
});

test('hosts that a later policy names are listened for, and a stop lets what runs finish', async () => {
  const { context, keys, secretKey, policy } = broker.current;
  const revealed = await broker.current.connection('run');
  use(`resources: []\naccess: []\n${policy.slice(policy.indexOf('\nbroker:') + 1)}`);
  const later = createBroker({
    access: context,
    keys,
    secretKey,
    logger: pino({ level: 'silent' }),
    tls: await generateCertificate({ publicHost: 'broker.test', now: new Date() }),
    replica: 'later',
    listenOn: { ssh: '127.0.0.1:0' },
  });
  await later.start();
  expect(later.sshAddress).toBeNull();
  use(policy);
  await expect.poll(() => later.sshAddress, PATIENCE).not.toBeNull();
  const port = later.sshAddress?.port ?? 0;
  const client = await clients.make(broker.current.login(revealed, { port }));
  const { closed, output } = startSsh(client, 'sleep 2; echo finished');
  await untilRunning(broker.current, 'sleep 2');
  const idle = await connect(broker.current.login(revealed, { port }));
  const idleClosed = once(idle, 'close');
  const stopped = later.stop();
  await idleClosed;
  expect(output.stdout).toBe('');
  expect(await closed).toBe(0);
  expect(output).toEqual({ stdout: 'finished\n', stderr: '' });
  await stopped;
  expect(later.liveSessions).toBe(0);
});
