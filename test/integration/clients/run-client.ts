/** Client programs, run as a person would, with the connection in their environment. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Connection } from '../broker/broker-harness.ts';

export interface ClientResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What `stdout` is in bytes. */
  readonly output: Buffer;
}

const TIMEOUT_MS = 60_000;

/** What a client needs to reach one database. */
export type Address = Pick<Connection, 'port' | 'username' | 'password' | 'database'>;

/** The environment that every client built on libpq reads. */
export function libpqEnvironment({ port, username, password, database }: Address): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    LANG: 'C.UTF-8',
    PGHOST: '127.0.0.1',
    PGPORT: String(port),
    PGUSER: username,
    PGPASSWORD: password,
    PGDATABASE: database,
  };
}

/** Runs a program to its end. @param options.onStart called with the process as soon as it runs, and waited for */
export function runClient(
  program: string,
  args: readonly string[],
  options: {
    environment: Readonly<Record<string, string>>;
    input?: string | Buffer;
    cwd?: string;
    onStart?: (child: ChildProcess) => Promise<void>;
  },
): Promise<ClientResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: options.environment,
      timeout: TIMEOUT_MS,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => void stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => void stderr.push(chunk));
    child.once('error', reject);
    const started = options.onStart?.(child);
    child.once('close', (code) => {
      const result = {
        code,
        stdout: Buffer.concat(stdout).toString('utf8'),
        output: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr).toString('utf8'),
      };
      Promise.resolve(started).then(() => resolve(result), reject);
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}
