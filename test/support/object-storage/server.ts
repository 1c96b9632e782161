/** A server that speaks S3, from the Python package that `scripts/test-setup.mjs` installs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Secret } from '../../../src/core/secret.ts';
import type { S3Credentials } from '../../../src/recording/storage/s3.ts';
import { freePort } from '../free-port.ts';

const PYTHON = fileURLToPath(new URL('../../../node_modules/.cache/moto/bin/python', import.meta.url));

/** It is a large program in Python: on a busy machine half a minute goes by until it is read. */
const START_MS_MAX = 50_000;
const POLL_MS = 50;

export interface ObjectStorageServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** What the server takes: any keys. */
export const TEST_CREDENTIALS: S3Credentials = {
  accessKeyId: new Secret('test-key'),
  secretAccessKey: new Secret('test-secret'),
  sessionToken: null,
};

/** Without buckets. Its objects are gone when it stops. */
export async function startObjectStorage(): Promise<ObjectStorageServer> {
  if (!existsSync(PYTHON)) throw new Error(`${PYTHON} is not there: run \`node scripts/test-setup.mjs\`.`);
  const port = await freePort();
  const child = spawn(PYTHON, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}`;
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  const until = performance.now() + START_MS_MAX;
  while ((await fetch(url).catch(() => null)) === null) {
    if (child.exitCode === null && performance.now() < until) await sleep(POLL_MS);
    else {
      await stop();
      throw new Error('The object storage did not start.');
    }
  }
  return { url, port, stop };
}
