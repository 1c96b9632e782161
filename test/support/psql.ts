/** The real `psql`, as a person would run it. */
import { spawn } from 'node:child_process';

export interface PsqlResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const TIMEOUT_MS = 30_000;

/**
 * @param options.url a connection string, as Sallyport reveals it
 * @param options.commands each becomes a `-c`; without any, `input` is read from stdin
 */
export function runPsql(options: {
  url: string;
  commands?: readonly string[];
  input?: string | Buffer;
  arguments?: readonly string[];
}): Promise<PsqlResult> {
  const args = ['--no-psqlrc', '--tuples-only', '--no-align', ...(options.arguments ?? [])];
  for (const command of options.commands ?? []) args.push('-c', command);
  return new Promise((resolve, reject) => {
    const child = spawn('psql', [...args, options.url], {
      timeout: TIMEOUT_MS,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString('utf8')));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...output }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}
