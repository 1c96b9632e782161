/** A server that speaks S3, from the Python package that `scripts/test-setup.mjs` installs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Secret } from '../../../src/core/secret.ts';
import { waitFor } from '../../../src/demo/tour/wait-for.ts';
import type { S3Credentials } from '../../../src/recording/storage/s3.ts';
import { freePort } from '../free-port.ts';

const PYTHON = fileURLToPath(new URL('../../../node_modules/.cache/moto/bin/python', import.meta.url));

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
  await waitFor('The object storage', async () => {
    if (child.exitCode !== null) throw new Error('The object storage did not start.');
    const answer = await fetch(url).catch(() => null);
    return answer === null ? null : true;
  });
  return {
    url,
    port,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
