/** A target, the store and a broker in front of it, in one process, with one granted connection. */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pino from 'pino';
import type { AccessContext } from '../src/access/context.ts';
import { issueGrant } from '../src/access/issue-grant.ts';
import { requestAccess } from '../src/access/request-access.ts';
import { revealConnection } from '../src/access/reveal-connection.ts';
import { createBroker } from '../src/broker/broker.ts';
import { generateCertificate } from '../src/broker/certificate.ts';
import { systemClock } from '../src/core/clock.ts';
import { Secret } from '../src/core/secret.ts';
import { createShop } from '../src/demo/shop/create-shop.ts';
import { upsertPerson } from '../src/identity/persons.ts';
import { parsePolicyDocument } from '../src/policies/document/parse.ts';
import { openRecordingKeys } from '../src/recording/keys.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/store/embedded/supervisor.ts';
import { openStore } from '../src/store/open-store.ts';

const CUSTOMERS = 2_000;

export interface BenchRoute {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export interface BenchSetup {
  readonly routes: { readonly direct: BenchRoute; readonly sallyport: BenchRoute };
  stop(): Promise<void>;
}

/** Starts everything below `directory`; nothing is left running when that fails. */
export async function startBenchBroker(directory: string): Promise<BenchSetup> {
  const cluster = await startEmbeddedPostgres({ directory: join(directory, 'cluster') });
  try {
    return await startOn(cluster, directory);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

async function startOn(cluster: EmbeddedPostgres, directory: string): Promise<BenchSetup> {
  const shop = await createShop({
    administratorUrl: (database) => new Secret(cluster.url(database)),
    database: 'shop',
    customers: CUSTOMERS,
  });
  const store = await openStore({ url: new Secret(cluster.url('postgres')) });
  await store.migrate();
  const random = (bytes: number): Uint8Array => randomBytes(bytes);
  const policy = readPolicy({ directory, port: cluster.port, username: shop.reader.username });
  const access: AccessContext = {
    store,
    clock: systemClock,
    random,
    policy: { current: () => policy },
    settings: {
      publicUrl: 'http://127.0.0.1',
      postgres: { host: '127.0.0.1', port: 0 },
      readSecret: () => shop.reader.password,
    },
  };
  const keys = await openRecordingKeys({ store, masterKey: new Secret(randomBytes(32)) });
  const tls = await generateCertificate({ publicHost: 'localhost', now: systemClock.now() });
  const broker = createBroker({
    access,
    keys,
    logger: pino({ level: 'error' }, pino.destination(2)),
    tls,
    replica: 'bench',
  });
  const { port } = await broker.start();
  const settings = (): { oidc: null; workloads: []; audience: string } => ({
    oidc: null,
    workloads: [],
    audience: '',
  });
  const engineer = await upsertPerson(
    { store, clock: systemClock, random, settings },
    {
      issuer: 'bench',
      subject: 'alice',
      email: 'alice@example.com',
      name: 'Alice',
      groups: ['engineering'],
      toldAt: systemClock.now(),
    },
  );
  const request = await requestAccess(access, {
    requester: engineer,
    resource: 'orders-db',
    role: 'read',
    durationMs: 3_600_000,
    reason: 'bench',
    ticket: null,
    incident: null,
    origin: null,
    idempotencyKey: randomUUID(),
  });
  const grantId = request.grant?.id ?? '';
  await issueGrant(access, { grantId, preparer: broker });
  const revealed = await revealConnection(access, { grantId, by: engineer, platform: 'web' });
  return {
    routes: {
      direct: {
        port: cluster.port,
        user: shop.reader.username,
        password: shop.reader.password.reveal(),
        database: 'shop',
      },
      sallyport: { port, user: revealed.username, password: revealed.password, database: revealed.database },
    },
    stop: async () => {
      await broker.stop();
      await store.close();
      await cluster.stop();
    },
  };
}

function readPolicy(options: { directory: string; port: number; username: string }): {
  version: string;
  document: ReturnType<AccessContext['policy']['current']>['document'];
} {
  const parsed = parsePolicyDocument(`
resources:
  - name: orders-db
    kind: postgres
    address: 127.0.0.1:${options.port}
    database: shop
    credential: { username: ${options.username}, password: { env: BENCH } }
    tls: { mode: disable }
    sessionsMax: 100
    roles: { read: { allow: [select] } }
access:
  - { name: all, who: { groups: [engineering] }, to: { kind: postgres }, roles: [read], approval: auto }
rules:
  - { name: no-deletes, on: { kind: postgres }, match: { effects: [delete], missingWhere: true }, action: deny }
broker: { postgres: { address: "127.0.0.1:0" } }
recording: { directory: ${join(options.directory, 'recordings')} }
`);
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return parsed;
}
