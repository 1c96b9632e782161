/**
 * A key management service that is reached by a command: it gets one JSON object on its standard input and answers one
 * on its standard output. Nothing secret is in an argument or in its environment. docs/keys.md, "A command".
 */
import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { z } from 'zod';
import { formatDuration } from '../../core/duration.ts';
import { AppError, messageOf, quoted } from '../../core/errors.ts';
import { ROOT_KEY_BYTES } from '../../store/sealing.ts';
import { type KeyWrapper, WRAPPED_BYTES_MAX } from './wrapper.ts';

export interface CommandSettings {
  /** A program by its absolute path, and its arguments. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
  /** All of its environment. */
  readonly environment: Readonly<Record<string, string>>;
}

const OUTPUT_BYTES_MAX = 65_536;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

const WRAPPED = z.looseObject({ wrapped: z.string().regex(BASE64) });
const UNWRAPPED = z.looseObject({ key: z.string().regex(BASE64) });

export function commandWrapper(settings: CommandSettings): KeyWrapper {
  const name = `command ${basename(settings.command[0] ?? '')}`;
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return {
    name,
    isRemote: true,
    wrap: async (key, context) => {
      const answer = WRAPPED.safeParse(
        await ask(name, settings, { operation: 'wrap', key: base64(key), context }),
      );
      const wrapped = answer.success ? Buffer.from(answer.data.wrapped, 'base64') : null;
      if (wrapped === null || wrapped.length > WRAPPED_BYTES_MAX) throw refused(name, 'wrap', '"wrapped"');
      return wrapped;
    },
    unwrap: async (wrapped, context) => {
      const answer = UNWRAPPED.safeParse(
        await ask(name, settings, { operation: 'unwrap', wrapped: base64(wrapped), context }),
      );
      const key = answer.success ? Buffer.from(answer.data.key, 'base64') : null;
      if (key?.length !== ROOT_KEY_BYTES) throw refused(name, 'unwrap', '"key", 32 bytes');
      return key;
    },
  };
}

function refused(name: string, operation: string, expected: string): AppError {
  return new AppError('unavailable', `the ${name} did not answer ${operation} with ${expected} in base64`);
}

/** One run for each question. @returns what it printed, as JSON */
async function ask(name: string, settings: CommandSettings, question: object): Promise<unknown> {
  const { code, stdout, stderr } = await run(name, settings, JSON.stringify(question));
  if (code !== 0) {
    const said = quoted(stderr);
    throw new AppError(
      'unavailable',
      `the ${name} ended with status ${code}${said === '' ? '' : `: ${said}`}`,
    );
  }
  try {
    return JSON.parse(stdout);
  } catch {
    // What it printed may be the key: it is not quoted.
    throw new AppError('unavailable', `the ${name} did not print one JSON object`);
  }
}

function run(
  name: string,
  settings: CommandSettings,
  question: string,
): Promise<{ code: number | string; stdout: string; stderr: string }> {
  const [program = '', ...arguments_] = settings.command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, arguments_, {
      env: { ...settings.environment },
      stdio: 'pipe',
      // Of its own group, so that what it started ends with it.
      detached: true,
    });
    const fail = (message: string, cause?: unknown): void => {
      clearTimeout(timer);
      endGroup(child.pid);
      reject(new AppError('unavailable', `the ${name} ${message}`, { cause }));
    };
    const timer = setTimeout(
      () => fail(`did not answer within ${formatDuration(settings.timeoutMs)}`),
      settings.timeoutMs,
    );
    const printed = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    for (const stream of ['stdout', 'stderr'] as const) {
      let bytes = 0;
      child[stream].on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= OUTPUT_BYTES_MAX) printed[stream].push(chunk);
        else if (stream === 'stdout') fail('printed more than 64 KiB');
      });
    }
    child.once('error', (error) => fail(`cannot be run: ${messageOf(error)}`, error));
    // A command that does not read says why by its status.
    child.stdin.on('error', () => undefined);
    child.stdin.end(question);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const [stdout, stderr] = [printed.stdout, printed.stderr].map((chunks) =>
        Buffer.concat(chunks).toString('utf8'),
      );
      resolve({ code: code ?? signal ?? 'unknown', stdout: stdout ?? '', stderr: stderr ?? '' });
    });
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
