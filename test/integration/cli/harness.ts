/**
 * Runs the command line: in this process where only what it says and does is of interest, and as another process, as
 * a person or a script would, where signals, streams, terminals and clients are.
 */
import { spawn } from 'node:child_process';
import { expect } from 'vitest';
import { type CliResult, type CliSurroundings, runCli } from '../../support/command-line.ts';
import { SOURCE_PROGRAM } from '../../support/program.ts';

/** Gives a command a terminal of its own; part of util-linux. */
const TERMINAL_PROGRAM = '/usr/bin/script';
const TIMEOUT_MS = 60_000;
/** For tests of several commands: each is a process, and a busy machine takes seconds to start one. */
export const PROCESS_TEST_TIMEOUT_MS = 120_000;

export interface ProcessSurroundings extends CliSurroundings {
  readonly input?: string;
}

/** Another process. @returns when the command has ended; fails the test when it hangs */
export function runProcess(args: readonly string[], options: ProcessSurroundings = {}): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(SOURCE_PROGRAM, [...args], {
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
      options.onStderr?.(stderr);
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

/** Runs a command that must succeed and print JSON, in this process. */
export async function runJson(args: readonly string[], options: CliSurroundings = {}): Promise<unknown> {
  const result = await runCli([...args, '--json'], options);
  expect(result, result.stderr).toMatchObject({ status: 0 });
  return JSON.parse(result.stdout);
}

/**
 * Runs a command on a terminal, as somebody would who sits there.
 * @param options.answer typed when the command asks
 */
export function runOnTerminal(
  args: readonly string[],
  options: CliSurroundings & { answer?: string; colour?: true } = {},
): Promise<{ status: number | null; output: string }> {
  const command = [SOURCE_PROGRAM, ...args].map((argument) => `'${argument}'`).join(' ');
  const environment = environmentOf(options);
  if (options.colour) delete environment['NO_COLOR'];
  return new Promise((resolve, reject) => {
    const child = spawn(TERMINAL_PROGRAM, ['--quiet', '--return', '--command', command, '/dev/null'], {
      env: { ...environment, TERM: 'xterm-256color' },
      stdio: ['pipe', 'pipe', 'inherit'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    let output = '';
    let answered = false;
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
      if (answered || !output.includes('[y/N]')) return;
      answered = true;
      child.stdin.write(`${options.answer ?? ''}\n`);
    });
    child.once('error', reject);
    child.once('close', (status) => {
      child.stdin.destroy();
      resolve({ status, output });
    });
  });
}

function environmentOf(options: CliSurroundings): NodeJS.ProcessEnv {
  // Node takes a terminal in CI for one without colours.
  const { SALLYPORT_URL: _url, SALLYPORT_TOKEN: _token, CI: _ci, ...inherited } = process.env;
  return {
    ...inherited,
    NO_COLOR: '1',
    FORCE_COLOR: undefined,
    ...(options.url === undefined ? {} : { SALLYPORT_URL: options.url }),
    ...(options.token === undefined ? {} : { SALLYPORT_TOKEN: options.token }),
    ...(options.configHome === undefined ? {} : { XDG_CONFIG_HOME: options.configHome }),
  };
}
