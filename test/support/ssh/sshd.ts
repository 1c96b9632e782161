/**
 * A real OpenSSH server on a loopback port, with one account that has its own home directory. It runs without
 * privileges: as the user who runs the tests, and as `nobody` where that is root. The names of its accounts come from
 * nss_wrapper (Debian's `libnss-wrapper`), so that nothing of the machine is changed.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';
import { freePort } from '../free-port.ts';
import { type KeyFile, makeKey } from './host-keys.ts';
import { processesAtHome, processTree, type TargetProcess } from './processes.ts';

/** The only account there is. */
export const TARGET_ACCOUNT = 'deploy';

export interface Sshd {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly address: string;
  /** `ssh-ed25519 AAAA…`, as `hostKey` of a resource has it. */
  readonly hostKey: string;
  /** Lets the account in. */
  readonly privateKeyFile: string;
  /** Of the account, from `/`; empty at first. */
  readonly home: string;
  /** What the server has logged. */
  readonly log: () => string;
  /** What runs for the account, the shells of its sessions included. */
  readonly processes: () => readonly TargetProcess[];
  /** Ends it with all its connections, as a host that loses power. What it had stays until `stop`. */
  kill(): Promise<void>;
  /** Starts it again on the same port after `kill`. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface SshdOptions {
  /** The account's shell. */
  readonly shell?: string;
  /** Set for the account's sessions, PATH for one. */
  readonly environment?: Readonly<Record<string, string>>;
  /** More lines of `sshd_config`; the first value of a setting counts, and these come first. */
  readonly settings?: readonly string[];
  /** Lets the account in with a password as well. */
  readonly password?: string;
  readonly hostKeyType?: string;
  /** The account is root, and so is the server: only where the tests are. */
  readonly asRoot?: true;
}

const SSHD = '/usr/sbin/sshd';
const NSS_WRAPPER = 'libnss_wrapper.so';
const NOBODY = 65_534;
const START_MS_MAX = 10_000;
const POLL_MS = 5;

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** @throws when OpenSSH's server or nss_wrapper is missing, with what it said */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-sshd-'));
  const port = await freePort();
  const account = accountOfServer(options);
  const home = join(directory, 'home');
  const owned = { home, uid: account.uid };
  await mkdir(home);
  const hostKey = makeKey({ file: join(directory, 'host_key'), type: options.hostKeyType ?? 'ed25519' });
  const login = makeKey({ file: join(directory, 'login_key') });
  await writeFile(join(directory, 'authorized_keys'), `${login.publicKey}\n`);
  await writeFile(join(directory, 'passwd'), passwdOf(options, { account, home }));
  await writeFile(join(directory, 'group'), `${TARGET_ACCOUNT}:x:${account.gid}:\n`);
  await writeFile(join(directory, 'sshd_config'), configOf(options, { directory, port, hostKey }));
  for (const path of [directory, home, hostKey.file]) await chown(path, account.uid, account.gid);

  const lines: string[] = [];
  let running = await launch({ directory, account, lines });
  return {
    host: '127.0.0.1',
    port,
    address: `127.0.0.1:${port}`,
    hostKey: hostKey.publicKey,
    privateKeyFile: login.file,
    home,
    log: () => lines.join(''),
    processes: () => processesAtHome(owned),
    kill: () => end(running, owned),
    restart: async () => {
      running = await launch({ directory, account, lines });
    },
    stop: async () => {
      await end(running, owned);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** `startSshd` before the file's tests and `stop` after them. Read the result inside tests only. */
export function useSshd(options: SshdOptions = {}): { readonly current: Sshd } {
  let sshd: Sshd | null = null;
  beforeAll(async () => {
    sshd = await startSshd(options);
  });
  afterAll(async () => {
    await sshd?.stop();
    sshd = null;
  });
  return {
    get current() {
      if (sshd === null) throw new Error('The SSH server exists only while tests run.');
      return sshd;
    },
  };
}

/** Who the server and its account are: root may be anybody. */
function accountOfServer({ asRoot }: SshdOptions): Account {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  return uid === 0 && asRoot === undefined ? { uid: NOBODY, gid: NOBODY } : { uid, gid };
}

function passwdOf(options: SshdOptions, of: { readonly account: Account; readonly home: string }): string {
  const { uid, gid } = of.account;
  const { shell = '/bin/bash', password } = options;
  const hash =
    password === undefined
      ? '*'
      : execFileSync('openssl', ['passwd', '-5', '-stdin'], { input: password, encoding: 'utf8' }).trim();
  const privilegeSeparation = `sshd:*:${NOBODY}:${NOBODY}::/run/sshd:/usr/sbin/nologin`;
  return `root:*:0:0::/root:/bin/sh\n${privilegeSeparation}\n${TARGET_ACCOUNT}:${hash}:${uid}:${gid}:Deploy:${of.home}:${shell}\n`;
}

function configOf(
  options: SshdOptions,
  of: { readonly directory: string; readonly port: number; readonly hostKey: KeyFile },
): string {
  const { settings = [], environment = {}, password } = options;
  const variables = Object.entries(environment).map(([name, value]) => `"${name}=${value}"`);
  return [
    ...settings,
    ...(variables.length > 0 ? [`SetEnv ${variables.join(' ')}`] : []),
    `ListenAddress 127.0.0.1:${of.port}`,
    `HostKey ${of.hostKey.file}`,
    `AuthorizedKeysFile ${join(of.directory, 'authorized_keys')}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    `PasswordAuthentication ${password === undefined ? 'no' : 'yes'}`,
    'KbdInteractiveAuthentication no',
    'Subsystem sftp internal-sftp',
    'MaxStartups 1000',
    'MaxSessions 1000',
    'PrintMotd no',
    'PrintLastLog no',
    'LogLevel VERBOSE',
    '',
  ].join('\n');
}

/** It ends with the process of the tests, however that ends. */
async function launch(of: {
  readonly directory: string;
  readonly account: Account;
  readonly lines: string[];
}): Promise<ChildProcess> {
  if (!existsSync(SSHD)) throw new Error(`${SSHD} is missing: install openssh-server.`);
  const { directory, account, lines } = of;
  const from = lines.length;
  const config = join(directory, 'sshd_config');
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', SSHD, '-D', '-e', '-f', config], {
    cwd: directory,
    env: {
      PATH: '/usr/bin:/bin',
      LD_PRELOAD: NSS_WRAPPER,
      NSS_WRAPPER_PASSWD: join(directory, 'passwd'),
      NSS_WRAPPER_GROUP: join(directory, 'group'),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(process.getuid?.() === 0 ? account : {}),
  });
  child.on('error', (error) => lines.push(String(error)));
  child.stderr.on('data', (chunk: Buffer) => lines.push(chunk.toString('utf8')));
  for (let waitedMs = 0; waitedMs < START_MS_MAX && child.exitCode === null; waitedMs += POLL_MS) {
    const log = lines.slice(from).join('');
    if (log.includes('Server listening on')) return child;
    if (log.includes(`${NSS_WRAPPER}' from LD_PRELOAD`)) break;
    await sleep(POLL_MS);
  }
  child.kill('SIGKILL');
  throw new Error(`sshd does not start (it needs openssh-server and libnss-wrapper): ${lines.join('')}`);
}

/** A server that is told to stop lets its connections be: each is a process of its own. */
async function end(child: ChildProcess, account: { home: string; uid: number }): Promise<void> {
  if (child.pid === undefined) return;
  const ended = child.exitCode !== null || child.signalCode !== null;
  const closed = ended ? null : new Promise((resolve) => child.once('close', resolve));
  const pids = [...(ended ? [] : processTree(child.pid)), ...processesAtHome(account).map(({ pid }) => pid)];
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  await closed;
}
