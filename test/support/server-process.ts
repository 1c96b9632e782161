/** The real server as a child process: `sallyport start` as an operator runs it, with its output kept. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServerProcess {
  readonly pid: number;
  readonly running: boolean;
  /** Everything it has printed so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** Resolves when it is gone and its output has been read to the end. */
  readonly exited: Promise<ServerExit>;
  /** Resolves when it has printed the text, on either stream. @throws when it exits first, or does not in time */
  waitForOutput(text: string): Promise<void>;
  /** Has it read its policy again. */
  hangUp(): void;
  /** `kill -9`. Resolves when it is gone; also when it was gone before. */
  kill(): Promise<void>;
  /** Asks it to drain and stop. @throws when it has to be killed, or exits with anything but 0 */
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly configFile: string;
  /** All that it gets besides the path to its programs: nothing is inherited from the test's own process. */
  readonly environment: Readonly<Record<string, string>>;
  /** The `sallyport` command: of the sources, or of a build of them. */
  readonly program: string;
}

/** Compiling the sources takes a second of each start, and these tests start many servers. */
const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/sallyport-tests', import.meta.url));
const READY = 'Sallyport is ready';
const OUTPUT_WITHIN_MS = 60_000;
const EXIT_WITHIN_MS = 30_000;

/** Starts the server and resolves when it serves. @throws with what it printed when it exits instead */
export async function startServerProcess(options: ServerOptions): Promise<ServerProcess> {
  const server = launchServerProcess(options);
  try {
    await server.waitForOutput(READY);
    return server;
  } catch (error) {
    await server.kill();
    throw error;
  }
}

/** Starts the server without waiting for anything: for one that is expected to give up. */
export function launchServerProcess(options: ServerOptions): ServerProcess {
  const child = spawn(options.program, ['start', '--config', options.configFile], {
    env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: COMPILE_CACHE, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  const notify = (): void => {
    for (const listener of listeners) listener();
  };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
      notify();
    });
  }
  let exit: ServerExit | null = null;
  const exited = new Promise<ServerExit>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      exit = { code, signal };
      resolve(exit);
      notify();
    });
  });
  exited.catch(() => undefined);

  const waitForOutput = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const settle = (outcome: () => void): void => {
        clearTimeout(timeout);
        listeners.delete(look);
        outcome();
      };
      const fail = (what: string): void =>
        settle(() =>
          reject(new Error(`${what} before it printed "${text}":\n${output.stderr}${output.stdout}`)),
        );
      const look = (): void => {
        if (output.stdout.includes(text) || output.stderr.includes(text)) settle(resolve);
        else if (exit !== null) fail(`The server exited with ${exit.signal ?? exit.code}`);
      };
      const timeout = setTimeout(() => fail(`${OUTPUT_WITHIN_MS} ms went by`), OUTPUT_WITHIN_MS);
      listeners.add(look);
      look();
    });

  const kill = async (): Promise<void> => {
    if (exit === null) child.kill('SIGKILL');
    await exited;
  };
  return {
    pid: child.pid ?? 0,
    get running() {
      return exit === null;
    },
    get stdout() {
      return output.stdout;
    },
    get stderr() {
      return output.stderr;
    },
    exited,
    waitForOutput,
    hangUp: () => void child.kill('SIGHUP'),
    kill,
    stop: async () => {
      child.kill('SIGTERM');
      const overdue = setTimeout(() => child.kill('SIGKILL'), EXIT_WITHIN_MS);
      const { code, signal } = await exited;
      clearTimeout(overdue);
      if (code !== 0)
        throw new Error(`The server ended with ${signal ?? code}:\n${output.stderr}${output.stdout}`);
    },
  };
}
