/**
 * The whole of Sallyport for one file of tests in the browser: in this process, on a database of the test cluster, in
 * front of a sample shop of its own, with the sample identity provider and its people. It is what the demo is, but for
 * the two PostgreSQL clusters that a demo starts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll } from 'vitest';
import { loadConfig } from '../../../src/config.ts';
import type { DemoDirectory } from '../../../src/demo/demo-directory.ts';
import type { SampleHost } from '../../../src/demo/sample-host/sample-host.ts';
import { startServer } from '../../../src/main.ts';
import { withAdministrator } from '../../support/administrator.ts';
import type { TestShop } from '../../support/database.ts';
import { type Closers, closeAll, prepareSurroundings } from '../server/surroundings.ts';

export interface PagesDeployment {
  /** Where the pages are, without a slash at the end. */
  readonly url: string;
  readonly brokerPort: number;
  readonly sshPort: number;
  /** The configuration, the state with the recordings, and the log. */
  readonly directory: DemoDirectory;
  /** The target behind `orders-db`. */
  readonly shop: TestShop;
  /** The target behind `web-1` and `web-test`. Only where it was asked for. */
  readonly host: SampleHost;
  /** Asks Sallyport's own database. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/**
 * Starts it before the block's tests and ends it after them. Read the result inside tests only.
 * @param options.host with the sample host and its rules, which costs a second
 */
export function usePagesDeployment(options: { readonly host?: boolean } = {}): {
  readonly current: PagesDeployment;
} {
  const closers: Closers = [];
  let deployment: PagesDeployment | null = null;
  beforeAll(async () => {
    deployment = await start(closers, options);
  });
  afterAll(() => closeAll(closers));
  return {
    get current() {
      if (deployment === null) throw new Error('The deployment exists only while tests run.');
      return deployment;
    },
  };
}

async function start(closers: Closers, options: { readonly host?: boolean }): Promise<PagesDeployment> {
  const root = mkdtempSync(join(tmpdir(), 'sallyport-pages-'));
  closers.push(async () => rmSync(root, { recursive: true, force: true }));
  const around = await prepareSurroundings(root, { closers, ...options });
  const { database, directory, host, ports } = around;
  if (database === null) throw new Error('The pages have a database of the test cluster.');
  await around.startIdentityProvider();
  const config = loadConfig({
    file: directory.configFile,
    environment: { SALLYPORT_DATA: directory.state, DATABASE_URL: database.url.reveal() },
  });
  const logger = pino({ level: 'info' }, pino.destination({ dest: directory.logFile, sync: true }));
  const server = await startServer({ config, logger });
  closers.push(server.stop);
  return {
    url: server.url,
    brokerPort: ports.broker,
    sshPort: ports.ssh,
    directory,
    shop: around.shop,
    get host() {
      if (host === null) throw new Error('This deployment has no host: ask for one.');
      return host;
    },
    query: <Row extends object>(text: string, values: readonly unknown[] = []) =>
      withAdministrator(
        database.url.reveal(),
        async (client) => (await client.query<Row>(text, [...values])).rows,
      ),
  };
}
