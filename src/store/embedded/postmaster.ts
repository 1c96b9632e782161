/** Starts, recognises and stops the server process. Knows nothing of why or how often. */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';
import type { PostgresBinaries } from './binaries.ts';
import { boundLog, type ClusterDirectory, readLogTail, readPostmaster } from './cluster-directory.ts';
import { launchAs, type Privileges } from './privileges.ts';

export interface ServerOptions {
  readonly directory: ClusterDirectory;
  readonly binaries: PostgresBinaries;
  readonly privileges: Privileges;
  readonly settings: Readonly<Record<string, string>>;
}

/** A log line must not carry a statement's values: no statements, no DETAIL ("Key (email)=(…) exists"). */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

const POLL_MS = 20;
const READY_TIMEOUT_MS = 60_000;
const FAST_SHUTDOWN_MS = 20_000;
const IMMEDIATE_SHUTDOWN_MS = 5_000;

/**
 * Starts the server and waits until it takes connections.
 * @returns its process id, which is also its process group: Ctrl-C on a terminal must reach
 *   Sallyport first, which then stops the server in order
 * @throws AppError `unavailable` with the end of the server's log when it exits instead
 */
export async function startServer(options: ServerOptions & { port: number }): Promise<number> {
  const { directory } = options;
  boundLog(directory);
  const settings = { ...SETTINGS, ...options.settings, port: String(options.port) };
  const launch = launchAs(options.privileges, options.binaries.postgres, [
    '-D',
    directory.data,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  // The log is a file of the server's own, so that it outlives a Sallyport that was killed.
  const log = openSync(directory.logFile, 'a', 0o600);
  const child = spawn(launch.program, launch.arguments, {
    ...(launch.uid === undefined ? {} : { uid: launch.uid }),
    ...(launch.gid === undefined ? {} : { gid: launch.gid }),
    cwd: directory.root,
    detached: true,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', TZ: 'UTC' },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let failure: string | null = null;
  child.once('error', (error) => (failure = error.message));
  child.once('exit', (code, signal) => (failure = `it exited with ${signal ?? code}`));
  child.unref();
  for (let waitedMs = 0; waitedMs < READY_TIMEOUT_MS; waitedMs += POLL_MS) {
    if (failure !== null) break;
    const postmaster = readPostmaster(directory);
    if (postmaster?.pid === child.pid && postmaster?.status === 'ready') return postmaster.pid;
    await sleep(POLL_MS);
  }
  if (child.pid !== undefined && failure === null) await stopServer(child.pid);
  throw new AppError(
    'unavailable',
    `PostgreSQL did not start on ${directory.data}: ${failure ?? 'it was not ready in time'}.\n${readLogTail(directory)}`,
  );
}

/** True when the process lives and is a server on exactly this data: process ids are used again. */
export function isServerOf(pid: number, directory: ClusterDirectory): boolean {
  if (!isAlive(pid)) return false;
  return argumentsOf(pid).includes(directory.data);
}

/** Fast shutdown (PostgreSQL manual, section 18.5): sessions are ended, then the data is written out. */
export async function stopServer(pid: number): Promise<void> {
  for (const [signal, patienceMs] of [
    ['SIGINT', FAST_SHUTDOWN_MS],
    ['SIGQUIT', IMMEDIATE_SHUTDOWN_MS],
    ['SIGKILL', IMMEDIATE_SHUTDOWN_MS],
  ] as const) {
    if (!isAlive(pid)) return;
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    for (let waitedMs = 0; waitedMs < patienceMs && isAlive(pid); waitedMs += POLL_MS) await sleep(POLL_MS);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !isZombie(pid);
}

/** An orphan whose new parent does not collect it stays visible after its end. */
function isZombie(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

function argumentsOf(pid: number): string[] {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' })
      .trim()
      .split(' ');
  } catch {
    return [];
  }
}
