/**
 * Ports for servers that are told theirs before they start. They lie below those that the system gives to
 * outgoing connections and to port 0, and each worker has its own, so that nobody takes one in between.
 */
import { createServer } from 'node:net';

const FIRST = 15_000;
const PER_WORKER = 1_000;
const WORKERS_MAX = 16;

const worker = Number(process.env['VITEST_POOL_ID'] ?? 0) % WORKERS_MAX;
/** Two runs on one machine rarely begin at the same one. */
let next = process.pid % PER_WORKER;

export async function freePort(): Promise<number> {
  for (let tries = 0; tries < PER_WORKER; tries += 1) {
    const port = FIRST + worker * PER_WORKER + next;
    next = (next + 1) % PER_WORKER;
    if (await isFree(port)) return port;
  }
  throw new Error('there is no free port');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)));
  });
}
