/**
 * A whole deployment for one block of tests: the real server in a process of its own, on a database of
 * its own, in front of a sample shop of its own, with the sample identity provider and the tour's people.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Secret } from '../../../src/core/secret.ts';
import type { DemoDirectory } from '../../../src/demo/demo-directory.ts';
import type { IdentityProvider } from '../../../src/demo/identity-provider/start-identity-provider.ts';
import { Notebook } from '../../../src/demo/tour/notebook.ts';
import type { Step, Tour } from '../../../src/demo/tour/step.ts';
import { SIGN_IN } from '../../../src/demo/tour/steps/sign-in-everyone.ts';
import { withAdministrator } from '../../support/administrator.ts';
import type { TestShop } from '../../support/database.ts';
import { buildProgram } from '../../support/program.ts';
import {
  launchServerProcess,
  type ServerOptions,
  type ServerProcess,
  startServerProcess,
} from '../../support/server-process.ts';
import { type Closers, closeAll, prepareSurroundings } from './surroundings.ts';
import type { TargetProxy } from './target-proxy.ts';

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
  /** A second process under the same configuration, or another file; ended with the block if it still runs. */
  launch(options?: { configFile?: string; environment?: Readonly<Record<string, string>> }): ServerProcess;
  /** Of Sallyport's own database. Not for an embedded one. */
  readonly databaseUrl: Secret<string>;
  /** Asks Sallyport's own database. Not for an embedded one. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** What the servers printed, all of them. */
  log(): string;
}

/** Starts a deployment before the block's tests and ends it after them. Read the result inside tests only. */
export function useDeployment(options: DeploymentOptions = {}): { readonly current: Deployment } {
  const closers: Closers = [];
  let deployment: Deployment | null = null;
  beforeAll(async () => {
    deployment = await createDeployment(options, closers);
  });
  afterAll(() => closeAll(closers));
  return {
    get current() {
      if (deployment === null) throw new Error('The deployment exists only while tests run.');
      return deployment;
    },
  };
}

/** Takes steps of the tour; a step throws with what it saw instead. */
export async function takeSteps(tour: Tour, steps: readonly Step[]): Promise<void> {
  for (const step of steps) await step.run(tour);
}

async function createDeployment(options: DeploymentOptions, closers: Closers): Promise<Deployment> {
  const root = mkdtempSync(join(tmpdir(), 'sallyport-server-'));
  closers.push(async () => rmSync(root, { recursive: true, force: true }));
  const around = await prepareSurroundings(root, { embedded: options.embedded === true, closers });
  const { database, directory } = around;
  const serverOptions: ServerOptions = {
    program: await buildProgram(),
    configFile: directory.configFile,
    environment: {
      SALLYPORT_DATA: directory.state,
      ...(database === null ? {} : { DATABASE_URL: database.url.reveal() }),
      ...options.environment?.(),
    },
  };
  const servers: ServerProcess[] = [];
  const start = async (): Promise<ServerProcess> => {
    const server = await startServerProcess(serverOptions);
    servers.push(server);
    // One that a test left running is asked to stop, so that what it holds is given back in order.
    closers.push(async () => {
      if (server.running) await server.stop();
    });
    return server;
  };
  const [firstServer, identityProvider] = await Promise.all([start(), around.startIdentityProvider()]);
  let server = firstServer;
  const tour = around.openTour();
  await SIGN_IN.run(tour);

  const ownDatabase = () => {
    if (database === null) throw new Error('This deployment runs its own database.');
    return database;
  };
  return {
    publicUrl: around.publicUrl,
    brokerPort: around.ports.broker,
    directory,
    shop: around.shop,
    target: around.target,
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
        program: serverOptions.program,
        configFile: other.configFile ?? serverOptions.configFile,
        environment: { ...serverOptions.environment, ...other.environment },
      });
      closers.push(launched.kill);
      return launched;
    },
    get databaseUrl() {
      return ownDatabase().url;
    },
    query: <Row extends object>(text: string, values: readonly unknown[] = []) =>
      withAdministrator(
        ownDatabase().url.reveal(),
        async (client) => (await client.query<Row>(text, [...values])).rows,
      ),
    log: () => servers.map(({ stdout, stderr }) => stdout + stderr).join(''),
  };
}
