/** A real Redis on a free port of the loopback address, with nothing written to disk. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';

export interface TestRedis {
  readonly url: string;
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 10_000;
const POLL_MS = 25;

/** @param options.port a free one when left out; another one comes back on the port of one that was stopped */
export async function startRedis(options: { port?: number } = {}): Promise<TestRedis> {
  const port = options.port ?? (await freePort());
  const server = spawn(
    'redis-server',
    [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--maxmemory-policy',
      'noeviction',
    ],
    { stdio: 'ignore' },
  );
  let failure: string | null = null;
  const exited = new Promise<void>((resolve) => {
    server.once('error', (error) => {
      failure = `redis-server could not be started: ${error.message}`;
      resolve();
    });
    server.once('exit', (code, signal) => {
      failure = `redis-server exited with ${signal ?? code}`;
      resolve();
    });
  });
  const url = `redis://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM');
    await exited;
  };
  for (let waitedMs = 0; waitedMs < READY_TIMEOUT_MS; waitedMs += POLL_MS) {
    if (failure !== null) throw new Error(failure);
    if (await answers(url)) return { url, stop };
    await sleep(POLL_MS);
  }
  await stop();
  throw new Error('redis-server was not ready in time');
}

async function answers(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}
