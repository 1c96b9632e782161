/**
 * A whole deployment for one block of tests: the real server in a process of its own, on a database of
 * its own, in front of a sample shop of its own, with the sample identity provider and the tour's people.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { type DemoDirectory, openDemoDirectory, writeSecretFile } from '../../../src/demo/demo-directory.ts';
import {
  type IdentityProvider,
  startIdentityProvider,
} from '../../../src/demo/identity-provider/start-identity-provider.ts';
import { CLIENT_ID, renderSamplePolicy } from '../../../src/demo/sample-policy.ts';
import type { ShopCredentials } from '../../../src/demo/shop/create-shop.ts';
import { chooseSqlClient } from '../../../src/demo/tour/choose-sql-client.ts';
import { Notebook } from '../../../src/demo/tour/notebook.ts';
import type { Step, Tour } from '../../../src/demo/tour/step.ts';
import { SIGN_IN } from '../../../src/demo/tour/steps/sign-in-everyone.ts';
import { openClusterDirectory, readPostmaster } from '../../../src/store/embedded/cluster-directory.ts';
import { findFreePort } from '../../../src/store/embedded/free-port.ts';
import { isServerOf, stopServer } from '../../../src/store/embedded/postmaster.ts';
import { withAdministrator } from '../../support/administrator.ts';
import {
  createTestDatabase,
  createTestShop,
  type TestDatabase,
  type TestShop,
} from '../../support/database.ts';
import {
  launchServerProcess,
  type ServerOptions,
  type ServerProcess,
  startServerProcess,
} from '../../support/server-process.ts';
import { openTargetProxy, type TargetProxy } from './target-proxy.ts';

export interface DeploymentOptions {
  /** Added to what the server gets when it is started; `DATABASE_URL` and `SALLYPORT_DATA` are set already. */
  readonly environment?: () => Readonly<Record<string, string>>;
  /** Without a database of the test cluster the server runs its own. */
  readonly embedded?: boolean;
}

export interface Deployment {
  readonly publicUrl: string;
  readonly brokerPort: number;
  readonly directory: DemoDirectory;
  readonly recordings: string;
  readonly shop: TestShop;
  readonly target: TargetProxy;
  readonly identityProvider: IdentityProvider;
  /** The server that was started last. */
  readonly server: ServerProcess;
  /** With everybody signed in, and nothing asked for yet. */
  readonly tour: Tour;
  /** The same people, for a request of its own. */
  anotherTour(): Tour;
  /** Starts the server again, on everything that the one before left. */
  restart(): Promise<void>;
  /** A second process under the same configuration, or another file. */
  launch(options?: { configFile?: string; environment?: Readonly<Record<string, string>> }): ServerProcess;
  /** Of Sallyport's own database. Not for an embedded one. */
  readonly databaseUrl: Secret<string>;
  /** Asks Sallyport's own database. Not for an embedded one. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** What the servers printed, all of them. */
  log(): string;
}

const CALLBACK_PATHS = ['/auth/callback', '/callback'];

/** Starts a deployment before the block's tests and ends it after them. Read the result inside tests only. */
export function useDeployment(options: DeploymentOptions = {}): { readonly current: Deployment } {
  let current: { deployment: Deployment; close: () => Promise<void> } | null = null;
  beforeAll(async () => {
    current = await createDeployment(options);
  });
  afterAll(async () => {
    await current?.close();
  });
  return {
    get current() {
      if (current === null) throw new Error('The deployment exists only while tests run.');
      return current.deployment;
    },
  };
}

/** Takes steps of the tour; a step throws with what it saw instead. */
export async function takeSteps(tour: Tour, steps: readonly Step[]): Promise<void> {
  for (const step of steps) await step.run(tour);
}

async function createDeployment(
  options: DeploymentOptions,
): Promise<{ deployment: Deployment; close: () => Promise<void> }> {
  const root = mkdtempSync(join(tmpdir(), 'sallyport-server-'));
  const closers: (() => Promise<unknown>)[] = [async () => rmSync(root, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    const outcomes: PromiseSettledResult<unknown>[] = [];
    for (const closePart of closers.toReversed()) outcomes.push(...(await Promise.allSettled([closePart()])));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  };
  try {
    return { deployment: await compose(root, options, closers), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function compose(
  root: string,
  options: DeploymentOptions,
  closers: (() => Promise<unknown>)[],
): Promise<Deployment> {
  const directory = openDemoDirectory(root);
  const recordings = join(directory.state, 'recordings');
  const shop = await createTestShop();
  closers.push(shop.drop);
  const database = options.embedded === true ? null : await createTestDatabase();
  if (database !== null) closers.push(database.drop);
  const target = await openTargetProxy(shop);
  closers.push(target.close);
  const ports = {
    web: await findFreePort(),
    broker: await findFreePort(),
    identityProvider: await findFreePort(),
  };
  const publicUrl = `http://127.0.0.1:${ports.web}`;
  const identityProvider = await startIdentityProvider({
    directory: directory.identityProvider,
    port: ports.identityProvider,
    clientId: CLIENT_ID,
    redirectUris: CALLBACK_PATHS.map((path) => `http://127.0.0.1${path}`),
    audience: publicUrl,
  });
  closers.push(identityProvider.stop);

  const credentials = shopCredentials(shop);
  const withFile = (role: keyof ShopCredentials) => {
    const { username, password } = credentials[role];
    return { username, passwordFile: writeSecretFile(directory, `orders-db.${username}`, password) };
  };
  const policy = renderSamplePolicy({
    ports,
    issuer: identityProvider.issuer,
    recordings,
    target: {
      port: target.port,
      database: shop.name,
      writer: withFile('writer'),
      reader: withFile('reader'),
      owner: withFile('owner'),
    },
  });
  writeFileSync(directory.configFile, policy, { mode: 0o600 });

  const serverOptions: ServerOptions = {
    configFile: directory.configFile,
    environment: {
      SALLYPORT_DATA: directory.state,
      ...(database === null ? {} : { DATABASE_URL: database.url.reveal() }),
      ...options.environment?.(),
    },
  };
  // Stopped by its server, unless a test failed between the death of one server and the start of the next.
  if (database === null) closers.push(async () => killPostmaster(join(directory.state, 'postgres')));
  const servers: ServerProcess[] = [];
  const start = async (): Promise<ServerProcess> => {
    const server = await startServerProcess(serverOptions);
    servers.push(server);
    return server;
  };
  let server = await start();
  // A server that a test left running is asked to stop, so that what it holds is given back in order.
  closers.push(async () => {
    if (server.running) await server.stop();
  });

  const tour = openTour({ root, publicUrl, shop, credentials });
  await SIGN_IN.run(tour);
  return {
    publicUrl,
    brokerPort: ports.broker,
    directory,
    recordings,
    shop,
    target,
    identityProvider,
    tour,
    get server() {
      return server;
    },
    anotherTour: () => {
      const notebook = new Notebook();
      notebook.note('players', tour.notebook.recall('players'));
      return { ...tour, notebook };
    },
    restart: async () => {
      server = await start();
    },
    launch: (other = {}) => {
      const launched = launchServerProcess({
        configFile: other.configFile ?? serverOptions.configFile,
        environment: { ...serverOptions.environment, ...other.environment },
      });
      closers.push(launched.kill);
      return launched;
    },
    get databaseUrl() {
      return urlOf(database);
    },
    query: <Row extends object>(text: string, values: readonly unknown[] = []) =>
      withAdministrator(
        urlOf(database).reveal(),
        async (client) => (await client.query<Row>(text, [...values])).rows,
      ),
    log: () => servers.map(({ stdout, stderr }) => stdout + stderr).join(''),
  };
}

/** Ends the PostgreSQL of this directory if one still runs on it. */
async function killPostmaster(path: string): Promise<void> {
  const cluster = openClusterDirectory(path);
  const postmaster = readPostmaster(cluster);
  if (postmaster !== null && isServerOf(postmaster.pid, cluster)) await stopServer(postmaster.pid);
}

function urlOf(database: TestDatabase | null): Secret<string> {
  if (database === null) throw new Error('This deployment runs its own database.');
  return database.url;
}

function shopCredentials({ credentials }: TestShop): ShopCredentials {
  const secret = ({ username, password }: { username: string; password: string }) => ({
    username,
    password: new Secret(password),
  });
  return {
    owner: secret(credentials.owner),
    writer: secret(credentials.writer),
    reader: secret(credentials.reader),
  };
}

function openTour(of: {
  root: string;
  publicUrl: string;
  shop: TestShop;
  credentials: ShopCredentials;
}): Tour {
  const { port, name, url } = of.shop;
  return {
    publicUrl: of.publicUrl,
    target: {
      port,
      database: name,
      credentials: of.credentials,
      administratorUrl: url,
      stop: async () => undefined,
    },
    sqlClient: chooseSqlClient(),
    directory: of.root,
    notebook: new Notebook(),
  };
}
