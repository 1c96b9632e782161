/**
 * The ports of the demo. They stay the same from start to start, since addresses are in links, logins and
 * connection strings; one that is in use is replaced by the next free one, and said.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { z } from 'zod';
import { AppError } from '../core/errors.ts';

const PORTS = z.object({
  web: z.int().min(1).max(65_535),
  broker: z.int().min(1).max(65_535),
  ssh: z.int().min(1).max(65_535),
  identityProvider: z.int().min(1).max(65_535),
  host: z.int().min(1).max(65_535),
});
export type DemoPorts = z.output<typeof PORTS>;

const USUAL: DemoPorts = { web: 7180, broker: 6432, ssh: 2222, identityProvider: 7181, host: 7182 };
const WHAT: Readonly<Record<keyof DemoPorts, string>> = {
  web: 'the web pages',
  broker: 'database connections',
  ssh: 'SSH connections',
  identityProvider: 'the sample identity provider',
  host: 'the sample host',
};
const CANDIDATES_MAX = 200;

/**
 * @param options.file remembers the choice
 * @param options.web wanted for the web pages, instead of the last one
 * @returns the ports, and a sentence for each that could not be had
 * @throws AppError `unavailable` when no port in a wide range is free
 */
export async function chooseDemoPorts(options: {
  file: string;
  web: number | null;
}): Promise<{ ports: DemoPorts; notices: readonly string[] }> {
  const wanted = {
    ...readRemembered(options.file),
    ...(options.web === null ? {} : { web: options.web }),
  };
  const ports = { ...wanted };
  const notices: string[] = [];
  const taken = new Set<number>();
  for (const name of ['web', 'broker', 'ssh', 'identityProvider', 'host'] as const) {
    const port = await firstFree(wanted[name], taken);
    if (port !== wanted[name]) {
      notices.push(`Port ${wanted[name]} is in use by another program; ${WHAT[name]} moved to ${port}.`);
    }
    taken.add(port);
    ports[name] = port;
  }
  writeFileSync(options.file, `${JSON.stringify(ports)}\n`, { mode: 0o600 });
  return { ports, notices };
}

function readRemembered(file: string): DemoPorts {
  if (!existsSync(file)) return USUAL;
  // What an older demo wrote knows fewer of them.
  return PORTS.parse({ ...USUAL, ...JSON.parse(readFileSync(file, 'utf8')) });
}

async function firstFree(wanted: number, taken: ReadonlySet<number>): Promise<number> {
  for (let port = wanted; port < wanted + CANDIDATES_MAX && port <= 65_535; port += 1) {
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new AppError('unavailable', `Port ${wanted} and the ${CANDIDATES_MAX} after it are all in use.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)));
  });
}
