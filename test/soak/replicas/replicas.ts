/**
 * Several processes of one deployment behind a load balancer: the same configuration, database and recordings,
 * each with ports of its own, and a Redis between them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { Notebook } from '../../../src/demo/tour/notebook.ts';
import type { Tour } from '../../../src/demo/tour/step.ts';
import { SIGN_IN } from '../../../src/demo/tour/steps/sign-in-everyone.ts';
import type { Deployment } from '../../e2e/server/deployment.ts';
import { type Closers, prepareSurroundings } from '../../e2e/server/surroundings.ts';
import { withAdministrator } from '../../support/administrator.ts';
import type { TestDatabase } from '../../support/database.ts';
import { freePort } from '../../support/free-port.ts';
import { buildProgram } from '../../support/program.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { launchServerProcess, type ServerOptions, type ServerProcess } from '../../support/server-process.ts';
import { openBalancer } from './balancer.ts';

export interface Member {
  readonly roles: string;
  /** The one that was started last. */
  readonly process: ServerProcess;
  /** True once it serves. */
  readonly ready: boolean;
  /** Starts it anew; resolves when it serves. */
  start(): Promise<void>;
  /** `kill -9`. */
  kill(): Promise<void>;
}

export interface Replicas
  extends Pick<Deployment, 'publicUrl' | 'directory' | 'shop' | 'target' | 'tour' | 'anotherTour' | 'query'>,
    Pick<Deployment, 'databaseUrl' | 'log'> {
  readonly members: readonly Member[];
  readonly redis: TestRedis;
}

export interface ReplicaOptions {
  /** The roles of each process, separated by commas. */
  readonly members: readonly string[];
  /** One of their own instead of one in the cluster of all tests. */
  readonly database?: () => Promise<TestDatabase>;
  /** Added to the environment of one of them. */
  readonly environment?: (place: number) => Readonly<Record<string, string>>;
}

/** Starts them before the block's tests and ends them after. Read the result inside tests only. */
export function useReplicas(options: ReplicaOptions): { readonly current: Replicas } {
  const closers: Closers = [];
  let replicas: Replicas | null = null;
  beforeAll(async () => {
    replicas = await startReplicas(options, closers);
  });
  afterAll(async () => {
    const outcomes: PromiseSettledResult<unknown>[] = [];
    for (const close of closers.toReversed()) outcomes.push(...(await Promise.allSettled([close()])));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  });
  return {
    get current() {
      if (replicas === null) throw new Error('The replicas exist only while tests run.');
      return replicas;
    },
  };
}

async function startReplicas(options: ReplicaOptions, closers: Closers): Promise<Replicas> {
  const root = mkdtempSync(join(tmpdir(), 'sallyport-replicas-'));
  closers.push(async () => rmSync(root, { recursive: true, force: true }));
  const redis = await startRedis();
  closers.push(redis.stop);
  const given = options.database === undefined ? {} : { database: await options.database() };
  const around = await prepareSurroundings(root, { closers, ...given });
  const { database, directory, ports } = around;
  if (database === null) throw new Error('Replicas share a database.');
  const program = await buildProgram();
  const members: Member[] = [];
  const addresses: { web: number; postgres: number }[] = [];
  for (const [place, roles] of options.members.entries()) {
    const address = { web: await freePort(), postgres: await freePort() };
    addresses.push(address);
    const environment = {
      DATABASE_URL: database.url.reveal(),
      REDIS_URL: redis.url,
      SALLYPORT_DATA: directory.state,
      SALLYPORT_ROLES: roles,
      SALLYPORT_WEB_ADDRESS: `127.0.0.1:${address.web}`,
      SALLYPORT_POSTGRES_ADDRESS: `127.0.0.1:${address.postgres}`,
      ...options.environment?.(place),
    };
    members.push(createMember(roles, { configFile: directory.configFile, environment, program }));
  }
  closers.push(async () => {
    for (const member of members) if (member.process.running) await member.process.stop();
  });
  for (const use of ['web', 'postgres'] as const) {
    const behind = addresses.filter((_, place) => serves(options.members[place] ?? '', use));
    const port = use === 'web' ? ports.web : ports.broker;
    const balancer = await openBalancer({ port, ports: behind.map((address) => address[use]) });
    closers.push(balancer.close);
  }
  await Promise.all([around.startIdentityProvider(), ...members.map((member) => member.start())]);
  const tour = around.openTour();
  await SIGN_IN.run(tour);
  return {
    publicUrl: around.publicUrl,
    directory,
    shop: around.shop,
    target: around.target,
    databaseUrl: database.url,
    tour,
    members,
    redis,
    anotherTour: () => withNotebookOf(tour),
    query: <Row extends object>(text: string, values: readonly unknown[] = []) =>
      withAdministrator(
        database.url.reveal(),
        async (client) => (await client.query<Row>(text, [...values])).rows,
      ),
    log: () => members.map(({ process }) => process.stdout + process.stderr).join(''),
  };
}

function serves(roles: string, use: 'web' | 'postgres'): boolean {
  return roles === '' || roles.split(',').includes(use === 'web' ? 'web' : 'broker');
}

function withNotebookOf(tour: Tour): Tour {
  const notebook = new Notebook();
  notebook.note('players', tour.notebook.recall('players'));
  return { ...tour, notebook };
}

function createMember(roles: string, options: ServerOptions): Member {
  let server: ServerProcess | null = null;
  let ready = false;
  const current = (): ServerProcess => {
    if (server === null) throw new Error('It has not been started.');
    return server;
  };
  return {
    roles,
    get process() {
      return current();
    },
    get ready() {
      return ready && current().running;
    },
    start: async () => {
      const started = launchServerProcess(options);
      server = started;
      ready = false;
      await started.waitForOutput('Sallyport is ready');
      if (server === started) ready = true;
    },
    kill: async () => {
      ready = false;
      await current().kill();
    },
  };
}
