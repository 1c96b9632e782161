/** Copies through the real psql, which does not keep what passes, with a checksum of every byte. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Copied {
  readonly sha256: string;
  readonly bytes: number;
}

/** What went into the statement's standard input. @throws with what psql said when it fails */
export async function copyIn(options: {
  url: string;
  statement: string;
  content: Readable;
}): Promise<Copied> {
  const child = startPsql(options);
  const sum = checksum();
  options.content.on('data', sum.add);
  await Promise.all([pipeline(options.content, child.stdin), succeeded(child)]);
  return sum.read();
}

/**
 * What came out of the statement.
 * @param options.onFirstBytes called with the process, which still runs
 * @throws with what psql said when it fails
 */
export async function copyOut(options: {
  url: string;
  statement: string;
  onFirstBytes?: (psql: ChildProcess) => void;
}): Promise<Copied> {
  const child = startPsql(options);
  child.stdin.end();
  const sum = checksum();
  child.stdout.once('data', () => options.onFirstBytes?.(child));
  child.stdout.on('data', sum.add);
  await succeeded(child);
  return sum.read();
}

function startPsql({ url, statement }: { url: string; statement: string }) {
  return spawn('psql', ['--no-psqlrc', '--quiet', '-c', statement, url], { stdio: 'pipe' });
}

async function succeeded(child: ChildProcess): Promise<void> {
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`psql exited with ${code}: ${errors}`);
}

function checksum(): { add: (chunk: Buffer) => void; read: () => Copied } {
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    add: (chunk) => {
      hash.update(chunk);
      bytes += chunk.length;
    },
    read: () => ({ sha256: hash.digest('hex'), bytes }),
  };
}
