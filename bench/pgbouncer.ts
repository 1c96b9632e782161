/** pgbouncer in session pooling before the bench's target: what a relay in C without any judgement reaches. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../src/store/embedded/free-port.ts';
import { choosePrivileges, launchAs } from '../src/store/embedded/privileges.ts';

const START_MS_MAX = 10_000;
const POLL_MS = 50;

export interface Pgbouncer {
  readonly port: number;
  readonly version: string;
  stop(): Promise<void>;
}

/**
 * Starts it in front of one database, with SCRAM on both sides and no TLS, like the routes beside it.
 * @returns null when it is not installed
 */
export async function startPgbouncer(options: {
  readonly directory: string;
  readonly target: { readonly port: number; readonly database: string };
  readonly login: { readonly user: string; readonly password: string };
}): Promise<Pgbouncer | null> {
  const program = findProgram();
  if (program === null) return null;
  const directory = join(options.directory, 'pgbouncer');
  await mkdir(directory, { mode: 0o755 });
  const port = await findFreePort();
  const { target, login } = options;
  const users = join(directory, 'users.txt');
  const settings = join(directory, 'pgbouncer.ini');
  await writeFile(users, `"${login.user}" "${login.password}"\n`, { mode: 0o644 });
  await writeFile(
    settings,
    [
      '[databases]',
      `${target.database} = host=127.0.0.1 port=${target.port}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = scram-sha-256',
      `auth_file = ${users}`,
      'pool_mode = session',
      'default_pool_size = 100',
      'max_client_conn = 200',
      'ignore_startup_parameters = extra_float_digits',
      '',
    ].join('\n'),
  );
  const privileges = choosePrivileges({ directory, program });
  const { arguments: args, program: launched, ...account } = launchAs(privileges, program, ['-q', settings]);
  const child = spawn(launched, args, { ...account, stdio: ['ignore', 'ignore', 'pipe'] });
  await untilListening(child, port);
  return { port, version: versionOf(program), stop: () => stop(child) };
}

function findProgram(): string | null {
  const found = ['pgbouncer', '/usr/sbin/pgbouncer'].find(
    (name) => spawnSync(name, ['--version']).status === 0,
  );
  return found ?? null;
}

function versionOf(program: string): string {
  return spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0]?.trim() ?? 'pgbouncer';
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  let said = '';
  child.stderr?.on('data', (bytes: Buffer) => {
    said = `${said}${bytes.toString('utf8')}`.slice(-2_000);
  });
  for (let waitedMs = 0; waitedMs < START_MS_MAX; waitedMs += POLL_MS) {
    if (child.exitCode !== null) break;
    if (await accepts(port)) return;
    await sleep(POLL_MS);
  }
  child.kill();
  throw new Error(`pgbouncer did not start:\n${said}`);
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
