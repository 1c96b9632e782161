/**
 * A host whose SSH server runs commands and answers nothing else: it hears of no signal, and what runs goes on when its
 * channel is closed. Many small servers are so.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type Connection, type ServerChannel } from 'ssh2';
import { makeKey } from './host-keys.ts';
import { processesAtHome } from './processes.ts';
import type { Sshd } from './sshd.ts';

export type DeafHost = Pick<Sshd, 'address' | 'hostKey' | 'privateKeyFile' | 'home' | 'processes' | 'stop'>;

/** Lets everybody in who has any key. */
export async function startDeafHost(): Promise<DeafHost> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-deaf-host-'));
  const home = join(directory, 'home');
  const owned = { home, uid: process.getuid?.() ?? 0 };
  await mkdir(home);
  const [hostKey, login] = ['host_key', 'login_key'].map((name) => makeKey({ file: join(directory, name) }));
  if (hostKey === undefined || login === undefined) throw new Error('two keys were made');
  const connections = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [readFileSync(hostKey.file)] }, (connection) => {
    connections.add(connection);
    connection.on('error', () => undefined);
    connection.on('authentication', (context) =>
      context.method === 'publickey' ? context.accept() : context.reject(['publickey']),
    );
    connection.on('session', (accept) =>
      accept().on('exec', (acceptExec, _reject, { command }) => run(acceptExec(), command, home)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    hostKey: hostKey.publicKey,
    privateKeyFile: login.file,
    home,
    processes: () => processesAtHome(owned),
    stop: async () => {
      for (const connection of connections) connection.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      for (const { pid } of processesAtHome(owned)) process.kill(pid, 'SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function run(channel: ServerChannel, command: string, home: string): void {
  const child = spawn('/bin/sh', ['-c', command], {
    cwd: home,
    env: { HOME: home, PATH: '/usr/bin:/bin' },
    detached: true,
  });
  channel.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.once('close', (status, signal) => {
    if (signal === null) channel.exit(status ?? 1);
    else channel.exit(signal.replace(/^SIG/, ''));
    channel.end();
  });
}
