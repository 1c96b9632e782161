/** What a server needs around it before it starts: databases, a target, an identity provider, its files. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '../../../src/core/secret.ts';
import { type DemoDirectory, openDemoDirectory, writeSecretFile } from '../../../src/demo/demo-directory.ts';
import type { DemoPorts } from '../../../src/demo/demo-ports.ts';
import {
  type IdentityProvider,
  startIdentityProvider,
} from '../../../src/demo/identity-provider/start-identity-provider.ts';
import { type SampleHost, startSampleHost } from '../../../src/demo/sample-host/sample-host.ts';
import { CLIENT_ID, renderSamplePolicy } from '../../../src/demo/sample-policy.ts';
import type { ShopCredentials } from '../../../src/demo/shop/create-shop.ts';
import { chooseSqlClient } from '../../../src/demo/tour/choose-sql-client.ts';
import { Notebook } from '../../../src/demo/tour/notebook.ts';
import type { Tour } from '../../../src/demo/tour/step.ts';
import { openClusterDirectory, readPostmaster } from '../../../src/store/embedded/cluster-directory.ts';
import { isServerOf, stopServer } from '../../../src/store/embedded/postmaster.ts';
import {
  createTestDatabase,
  createTestShop,
  type TestDatabase,
  type TestShop,
} from '../../support/database.ts';
import { freePort } from '../../support/free-port.ts';
import { openTargetProxy, type TargetProxy } from './target-proxy.ts';

/** Run in reverse at the end, whatever had been reached by then. */
export type Closers = (() => Promise<unknown>)[];

export interface Surroundings {
  readonly directory: DemoDirectory;
  readonly ports: DemoPorts;
  readonly publicUrl: string;
  readonly shop: TestShop;
  readonly target: TargetProxy;
  /** Null where the server runs its own. */
  readonly database: TestDatabase | null;
  /** Null unless it was asked for. */
  readonly host: SampleHost | null;
  /** Starts the provider; the server can be starting meanwhile. */
  startIdentityProvider(): Promise<IdentityProvider>;
  /** The tour's view of it all, with nobody signed in. */
  openTour(): Tour;
}

const CALLBACK_PATHS = ['/auth/callback', '/callback'];

/** Every one of them is run; the first failure is reported. */
export async function closeAll(closers: Closers): Promise<void> {
  const outcomes: PromiseSettledResult<unknown>[] = [];
  for (const close of closers.toReversed()) outcomes.push(...(await Promise.allSettled([close()])));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/**
 * @param options.embedded the server runs a database of its own
 * @param options.host with the sample host
 */
export async function prepareSurroundings(
  root: string,
  options: { embedded?: boolean; host?: boolean; closers: Closers; database?: TestDatabase },
): Promise<Surroundings> {
  const { embedded = false, closers } = options;
  const directory = openDemoDirectory(root);
  const shop = await createTestShop();
  closers.push(shop.drop);
  const database = options.database ?? (embedded ? null : await createTestDatabase());
  // An embedded one is stopped by its server, unless a test failed between the death of one and the next.
  closers.push(database === null ? () => stopEmbedded(join(directory.state, 'postgres')) : database.drop);
  const target = await openTargetProxy(shop);
  closers.push(target.close);
  const ports: DemoPorts = {
    web: await freePort(),
    broker: await freePort(),
    ssh: await freePort(),
    identityProvider: await freePort(),
    host: await freePort(),
  };
  const publicUrl = `http://127.0.0.1:${ports.web}`;
  const credentials = secretCredentials(shop);
  const host =
    options.host === true ? await startSampleHost({ directory: directory.host, port: ports.host }) : null;
  if (host !== null) closers.push(host.stop);
  const reached = { port: target.port, database: shop.name };
  writeConfiguration({ directory, ports, credentials, target: reached, host });
  return {
    directory,
    ports,
    publicUrl,
    shop,
    target,
    database,
    host,
    startIdentityProvider: async () => {
      const identityProvider = await startIdentityProvider({
        directory: directory.identityProvider,
        port: ports.identityProvider,
        clientId: CLIENT_ID,
        redirectUris: CALLBACK_PATHS.map((path) => `http://127.0.0.1${path}`),
        audience: publicUrl,
      });
      closers.push(identityProvider.stop);
      return identityProvider;
    },
    openTour: () => ({
      publicUrl,
      target: {
        port: shop.port,
        database: shop.name,
        credentials,
        administratorUrl: shop.url,
        stop: async () => undefined,
      },
      host: host ?? { home: root },
      sqlClient: chooseSqlClient(),
      directory: root,
      notebook: new Notebook(),
    }),
  };
}

/** Ends the PostgreSQL of this directory if one still runs on it. */
async function stopEmbedded(path: string): Promise<void> {
  const cluster = openClusterDirectory(path);
  const postmaster = readPostmaster(cluster);
  if (postmaster !== null && isServerOf(postmaster.pid, cluster)) await stopServer(postmaster.pid);
}

function writeConfiguration(of: {
  directory: DemoDirectory;
  ports: DemoPorts;
  credentials: ShopCredentials;
  target: { port: number; database: string };
  host: SampleHost | null;
}): void {
  const { directory, credentials } = of;
  const withFile = (role: keyof ShopCredentials) => {
    const { username, password } = credentials[role];
    return { username, passwordFile: writeSecretFile(directory, `orders-db.${username}`, password) };
  };
  const policy = renderSamplePolicy({
    ports: of.ports,
    issuer: `http://127.0.0.1:${of.ports.identityProvider}`,
    recordings: join(directory.state, 'recordings'),
    target: {
      ...of.target,
      writer: withFile('writer'),
      reader: withFile('reader'),
      owner: withFile('owner'),
    },
    host: of.host,
  });
  writeFileSync(directory.configFile, policy, { mode: 0o600 });
}

function secretCredentials({ credentials }: TestShop): ShopCredentials {
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
