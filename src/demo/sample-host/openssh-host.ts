/**
 * OpenSSH's server for the sample host. It needs no privileges; the one account is whoever runs the demo. A forced
 * command takes every session to the sample's own directory first.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import ssh2 from 'ssh2';
import { childEnvironment } from '../../client-environment.ts';
import { AppError } from '../../core/errors.ts';
import { quoted } from '../../policies/analyzers/shell/canonical.ts';
import type { HostPlan, HostServer } from './host-plan.ts';

const SERVERS = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd'];
const SFTP_SERVERS = [
  '/usr/lib/openssh/sftp-server',
  '/usr/libexec/openssh/sftp-server',
  '/usr/libexec/sftp-server',
  '/usr/lib/ssh/sftp-server',
];
/** Where the server keeps nothing, and wants to find it all the same when root starts it. */
const EMPTY_DIRECTORY = '/run/sshd';
const PID_FILE = 'sshd.pid';
const START_MS_MAX = 5_000;
const LOGIN_MS_MAX = 5_000;
const POLL_MS = 10;

/**
 * @returns null when it is not installed
 * @throws the error of `listen` when the port is taken; AppError `unavailable` when it does not start or let anybody in
 */
export async function startOpenSshHost(plan: HostPlan, loginKeyFile: string): Promise<HostServer | null> {
  const server = SERVERS.find(isExecutable);
  const sftpServer = SFTP_SERVERS.find(isExecutable);
  if (server === undefined || sftpServer === undefined) return null;
  if (process.getuid?.() === 0) mkdirSync(EMPTY_DIRECTORY, { recursive: true, mode: 0o755 });
  endLeftover(plan.directory);
  const config = writeConfiguration(plan, sftpServer);
  const log: string[] = [];
  const child = spawn(server, ['-D', '-e', '-f', config], {
    env: childEnvironment({}),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.on('error', (error) => log.push(error.message));
  child.stderr.on('data', (chunk: Buffer) => log.push(chunk.toString('utf8')));
  const stop = (): Promise<void> => stopServer(child);
  try {
    await untilListening(child, log);
    await logInOnce(plan, loginKeyFile);
    // Nobody reads it any more.
    log.length = 0;
    child.stderr.removeAllListeners('data').resume();
    return { description: 'OpenSSH', stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function writeConfiguration(plan: HostPlan, sftpServer: string): string {
  const { directory } = plan;
  const [config, keys, enter] = ['sshd_config', 'authorized_keys', 'enter'].map((name) =>
    join(directory, name),
  );
  if (config === undefined || keys === undefined || enter === undefined)
    throw new Error('three names were given');
  writeFileSync(keys, `${plan.loginKey}\n`, { mode: 0o600 });
  writeFileSync(
    enter,
    `#!/bin/sh
HOME=${quoted(plan.home)}
export HOME
cd "$HOME" || exit 1
if [ -z "$SSH_ORIGINAL_COMMAND" ]; then exec "\${SHELL:-/bin/sh}" -l; fi
exec "\${SHELL:-/bin/sh}" -c "$SSH_ORIGINAL_COMMAND"
`,
  );
  chmodSync(enter, 0o700);
  const lines = [
    `ListenAddress 127.0.0.1:${plan.port}`,
    `HostKey "${plan.hostKeyFile}"`,
    `AuthorizedKeysFile "${keys}"`,
    `AllowUsers ${plan.username}`,
    `ForceCommand ${quoted(enter)}`,
    `Subsystem sftp ${sftpServer}`,
    `PidFile "${join(directory, PID_FILE)}"`,
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PrintMotd no',
    'PrintLastLog no',
    'MaxSessions 100',
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  return config;
}

/** Of a demo that was killed: its server would keep the port. */
function endLeftover(directory: string): void {
  try {
    const pid = Number(readFileSync(join(directory, PID_FILE), 'utf8'));
    // The number may be another program's by now.
    if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory)) process.kill(pid, 'SIGTERM');
  } catch {
    // There is none.
  }
}

async function untilListening(child: ChildProcess, log: readonly string[]): Promise<void> {
  for (let waitedMs = 0; waitedMs < START_MS_MAX && child.exitCode === null; waitedMs += POLL_MS) {
    const said = log.join('');
    if (said.includes('Server listening on')) return;
    if (said.includes('Address already in use'))
      throw Object.assign(new Error('The port of the sample host is taken.'), { code: 'EADDRINUSE' });
    await sleep(POLL_MS);
  }
  throw new AppError('unavailable', `OpenSSH’s server does not start: ${log.join('').trim()}`);
}

/** An account can be missing, locked or without a shell: it is found out before the demo counts on it. */
function logInOnce(plan: HostPlan, loginKeyFile: string): Promise<void> {
  const client = new ssh2.Client();
  return new Promise<void>((resolve, reject) => {
    const refuse = (why: string): void =>
      reject(new AppError('unavailable', `OpenSSH’s server does not let ${plan.username} in: ${why}`));
    client.on('error', (error) => refuse(error.message));
    client.once('close', () => refuse('it closed the connection'));
    client.once('ready', () => {
      client.exec('exit 7', (error, channel) => {
        if (error !== undefined) refuse(error.message);
        else
          channel
            .once('exit', (status: number | null) =>
              status === 7 ? resolve() : refuse('it runs no commands'),
            )
            .resume();
      });
    });
    client.connect({
      host: '127.0.0.1',
      port: plan.port,
      username: plan.username,
      privateKey: readFileSync(loginKeyFile),
      readyTimeout: LOGIN_MS_MAX,
    });
  }).finally(() => client.end());
}

async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const closed = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await closed;
}

function isExecutable(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
