/** Runs `bin/sallyport` as a person or a script would: another process, with its own configuration directory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../../bin/sallyport', import.meta.url));
const TIMEOUT_MS = 25_000;

export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly url?: string;
  readonly token?: string;
  /** XDG_CONFIG_HOME. */
  readonly configHome?: string;
  readonly workingDirectory?: string;
  readonly input?: string;
  /** Called with everything on stderr so far, while the command runs. */
  readonly onStderr?: (text: string, child: ChildProcess) => void;
}

/** @returns when the command has ended; fails the test when it hangs */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(PROGRAM, [...args], {
      env: environmentOf(options),
      cwd: options.workingDirectory,
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
      options.onStderr?.(stderr, child);
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.once('error', reject);
    child.once('close', (status, signal) => {
      if (signal === 'SIGKILL') reject(new Error(`it hung: ${stdout}${stderr}`));
      else resolve({ status, stdout, stderr });
    });
  });
}

/** Runs a command that must succeed and print JSON. */
export async function runJson(args: readonly string[], options: CliOptions = {}): Promise<unknown> {
  const result = await runCli([...args, '--json'], options);
  expect(result, result.stderr).toMatchObject({ status: 0 });
  return JSON.parse(result.stdout);
}

function environmentOf(options: CliOptions): NodeJS.ProcessEnv {
  const { SALLYPORT_URL: _url, SALLYPORT_TOKEN: _token, ...inherited } = process.env;
  return {
    ...inherited,
    NO_COLOR: '1',
    FORCE_COLOR: undefined,
    ...(options.url === undefined ? {} : { SALLYPORT_URL: options.url }),
    ...(options.token === undefined ? {} : { SALLYPORT_TOKEN: options.token }),
    ...(options.configHome === undefined ? {} : { XDG_CONFIG_HOME: options.configHome }),
  };
}
