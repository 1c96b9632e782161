/** The real `ssh` and `sftp`, told of the connection as `sallyport connect` does it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeSshFiles } from '../../../cli/ssh-client.ts';
import { childEnvironment, runtimeDirectory } from '../../../client-environment.ts';
import { AppError } from '../../../core/errors.ts';
import type { HostAccess, HostAnswer, HostClient } from './host-client.ts';
import { typeLines } from './prompt.ts';

const LASTS_MS_MAX = 30_000;

export function openSshClient(access: HostAccess, description: string): HostClient {
  const { host, port, username } = access;
  const ssh = ['-p', String(port), '-l', username, host];
  const copy = async (command: string): Promise<void> => {
    // The first value counts: by itself a batch answers no question.
    const args = ['-o', 'BatchMode=no', '-b', '-', '-P', String(port), `${username}@${host}`];
    const { status, errors } = await withProgram(access, 'sftp', args, (child) =>
      answerOf(child, `${command}\n`),
    );
    if (status !== 0) throw new AppError('upstream_failed', `sftp, ${command}: ${errors.trim()}`);
  };
  return {
    description,
    command: (text) => withProgram(access, 'ssh', ['-T', ...ssh, text], (child) => answerOf(child, '')),
    shell: (lines) =>
      withProgram(access, 'ssh', ['-tt', ...ssh], async (child) => {
        const shown = await typeLines({ input: child.stdin, output: child.stdout }, lines);
        child.stdout.resume();
        child.stdin.write('exit\r');
        await once(child, 'close');
        return shown;
      }),
    download: (from, to) => copy(`get "${from}" "${to}"`),
    upload: (from, to) => copy(`put "${from}" "${to}"`),
  };
}

async function withProgram<T>(
  access: HostAccess,
  program: string,
  args: readonly string[],
  use: (child: ChildProcessWithoutNullStreams) => Promise<T>,
): Promise<T> {
  const files = await writeSshFiles(access, runtimeDirectory());
  try {
    const child = spawn(program, ['-F', '/dev/null', ...files.options, '-o', 'LogLevel=ERROR', ...args], {
      env: childEnvironment(files.environment),
      timeout: LASTS_MS_MAX,
    });
    child.stdin.on('error', () => undefined);
    try {
      return await use(child);
    } finally {
      child.kill();
    }
  } finally {
    await files.remove();
  }
}

async function answerOf(child: ChildProcessWithoutNullStreams, input: string): Promise<HostAnswer> {
  const answer = { output: '', errors: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    answer.output += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    answer.errors += chunk.toString('utf8');
  });
  child.stdin.end(input);
  const [status] = await once(child, 'close');
  return { status, ...answer };
}
