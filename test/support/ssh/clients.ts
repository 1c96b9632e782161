/**
 * The real clients of SSH, with a configuration of their own: nothing of the user who runs the tests is read or
 * written. The secret comes from SSH_ASKPASS, as a person would type it.
 */
import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { quoted } from '../../../src/policies/analyzers/shell/canonical.ts';

const TIMEOUT_MS = 30_000;
/** The name of the server in the clients' configuration. */
export const SERVER_ALIAS = 'target';

/** Where a client connects, and how it proves who it is. */
export interface SshLogin {
  readonly host: string;
  readonly port: number;
  /** `ssh-ed25519 AAAA…`: another key is refused. */
  readonly hostKey: string;
  readonly username: string;
  /** One answer for each question, in order; the last one for all that follow. */
  readonly secret?: string | readonly string[];
  readonly privateKeyFile?: string;
  /** More lines of `ssh_config`; they come first, and the first value of a setting counts. */
  readonly settings?: readonly string[];
}

export interface ClientResult {
  /** Null when it was ended by a signal: after its time, say. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** What it reads; nothing when left out. */
  readonly input?: string | Buffer;
  readonly timeoutMs?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
}

export interface SshClient {
  /** Its own, for files of the test as well; removed by `remove`. */
  readonly directory: string;
  /** `ssh -F` and the like: the server is called `target` there. */
  readonly configFile: string;
  readonly environment: Readonly<Record<string, string>>;
  /** `ssh [options] target [command]`. */
  ssh(
    command: string | null,
    options?: RunOptions & { readonly arguments?: readonly string[] },
  ): Promise<ClientResult>;
  /** `sftp -b -`: each line is a command; it stops at the first that fails, unless that begins with `-`. */
  sftp(batch: readonly string[], options?: RunOptions): Promise<ClientResult>;
  /** `scp`, with `target:PATH` for what is there. */
  scp(args: readonly string[], options?: RunOptions): Promise<ClientResult>;
  /** Any other program that runs `ssh -F` by itself. */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<ClientResult>;
  /** `ssh -F FILE` as one word for a shell: for GIT_SSH_COMMAND, `rsync -e`. */
  readonly command: string;
  remove(): Promise<void>;
}

/** Removed after the file's tests. */
export function useSshClients(): { make(login: SshLogin): Promise<SshClient> } {
  const made: SshClient[] = [];
  afterAll(async () => {
    await Promise.all(made.map((client) => client.remove()));
  });
  return {
    make: async (login) => {
      const client = await sshClient(login);
      made.push(client);
      return client;
    },
  };
}

export async function sshClient(login: SshLogin): Promise<SshClient> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-ssh-client-'));
  const configFile = join(directory, 'ssh_config');
  writeFileSync(join(directory, 'known_hosts'), `[${login.host}]:${login.port} ${login.hostKey}\n`);
  writeFileSync(configFile, configOf(login, directory));
  const environment = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: directory,
    LANG: 'C.UTF-8',
    ...askpass(login, directory),
  };
  const run: SshClient['run'] = (program, args, options = {}) =>
    runClient(program, args, {
      ...options,
      workingDirectory: options.workingDirectory ?? directory,
      environment: { ...environment, ...options.environment },
    });
  return {
    directory,
    configFile,
    environment,
    run,
    ssh: (command, options = {}) =>
      run(
        'ssh',
        [
          '-F',
          configFile,
          ...(options.arguments ?? []),
          SERVER_ALIAS,
          ...(command === null ? [] : [command]),
        ],
        options,
      ),
    sftp: (batch, options) =>
      // The first value counts: by itself a batch answers no question.
      run('sftp', ['-F', configFile, '-oBatchMode=no', '-b', '-', SERVER_ALIAS], {
        ...options,
        input: `${batch.join('\n')}\n`,
      }),
    scp: (args, options) => run('scp', ['-F', configFile, ...args], options),
    command: `ssh -F ${quoted(configFile)}`,
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

function configOf(login: SshLogin, directory: string): string {
  const { privateKeyFile, settings = [] } = login;
  const methods = privateKeyFile === undefined ? [] : ['publickey'];
  return [
    ...settings,
    `Host ${SERVER_ALIAS}`,
    `  HostName ${login.host}`,
    `  Port ${login.port}`,
    `  User ${login.username}`,
    `  UserKnownHostsFile ${join(directory, 'known_hosts')}`,
    '  GlobalKnownHostsFile /dev/null',
    '  StrictHostKeyChecking yes',
    '  UpdateHostKeys no',
    `  IdentityFile ${privateKeyFile ?? 'none'}`,
    '  IdentitiesOnly yes',
    '  IdentityAgent none',
    `  PreferredAuthentications ${[...methods, 'password', 'keyboard-interactive'].join(',')}`,
    '  NumberOfPasswordPrompts 1',
    '  ConnectTimeout 10',
    '  LogLevel ERROR',
    '',
  ].join('\n');
}

/** The secret is in a file that only the user of the tests may read. Without one, a question is answered by nobody. */
function askpass({ secret }: SshLogin, directory: string): Readonly<Record<string, string>> {
  const answers = secret === undefined ? [] : [secret].flat();
  const program = join(directory, 'askpass');
  const count = join(directory, 'asked');
  answers.forEach((answer, index) => {
    writeFileSync(join(directory, `answer-${index + 1}`), `${answer}\n`, { mode: 0o600 });
  });
  writeFileSync(
    program,
    `#!/bin/sh
echo "$1" >>${quoted(join(directory, 'questions'))}
n=$(($(cat ${quoted(count)} 2>/dev/null || echo 0) + 1))
if [ "$n" -gt ${answers.length} ]; then n=${answers.length}; fi
echo "$n" >${quoted(count)}
exec cat ${quoted(join(directory, 'answer-'))}"$n"
`,
  );
  chmodSync(program, 0o700);
  return { SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: 'none' };
}

function runClient(
  program: string,
  args: readonly string[],
  options: RunOptions & { readonly environment: Readonly<Record<string, string>> },
): Promise<ClientResult> {
  const { input, timeoutMs = TIMEOUT_MS, environment, workingDirectory } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: workingDirectory,
      env: environment,
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    child.stdout?.on('data', (chunk: Buffer) => output.stdout.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => output.stderr.push(chunk));
    child.once('error', reject);
    child.once('close', (status) =>
      resolve({
        status,
        stdout: Buffer.concat(output.stdout).toString('utf8'),
        stderr: Buffer.concat(output.stderr).toString('utf8'),
      }),
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
