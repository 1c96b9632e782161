/** A target, pgbouncer, the store and a broker in front of the target, with two granted connections. */
import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import pino from 'pino';
import type { AccessContext } from '../src/access/context.ts';
import { issueGrant } from '../src/access/issue-grant.ts';
import { NO_ON_CALL, NO_TICKETS } from '../src/access/no-lookups.ts';
import { requestAccess } from '../src/access/request-access.ts';
import { type Broker, createBroker } from '../src/broker/broker.ts';
import { generateCertificate } from '../src/broker/certificate.ts';
import { systemClock } from '../src/core/clock.ts';
import { Secret } from '../src/core/secret.ts';
import { parsePolicyDocument } from '../src/policies/document/parse.ts';
import type { RecordingKeys } from '../src/recording/keys.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/store/embedded/supervisor.ts';
import { openStore } from '../src/store/open-store.ts';
import { openTestKeyring } from '../test/support/keyring.ts';
import { revealDatabase } from '../test/support/reveal-database.ts';
import { startBareRelay } from './bare-relay.ts';
import { enrol } from './enrol.ts';
import { startPgbouncer } from './pgbouncer.ts';

const DATABASE = 'bench';
/** Of 100,000 accounts each. */
const PGBENCH_SCALE = 5;
export const PEOPLE = 1_000_000;

const run = promisify(execFile);

export interface BenchRoute {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export interface BenchSetup {
  readonly direct: BenchRoute;
  /** Null where pgbouncer is not installed. */
  readonly pgbouncer: { readonly route: BenchRoute; readonly version: string } | null;
  /** Copies bytes, in this process. */
  readonly bareRelay: BenchRoute;
  readonly sallyport: BenchRoute;
  /** The same target with one masked column in `people`. */
  readonly masked: BenchRoute;
  readonly keys: RecordingKeys;
  readonly policy: ReturnType<AccessContext['policy']['current']>['document'];
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
  const login = { user: 'bench_reader', password: randomBytes(24).toString('hex') };
  await fill(cluster, login);
  const target = { port: cluster.port, database: DATABASE };
  const pgbouncer = await startPgbouncer({ directory, target, login });
  const bareRelay = await startBareRelay(target);
  const store = await openStore({ url: new Secret(cluster.url('postgres')) });
  await store.migrate();
  const random = (bytes: number): Uint8Array => randomBytes(bytes);
  const policy = readPolicy({ directory, ...target, username: login.user });
  const access: AccessContext = {
    onCall: NO_ON_CALL,
    tickets: NO_TICKETS,
    store,
    clock: systemClock,
    random,
    policy: { current: () => policy },
    settings: {
      publicUrl: 'http://127.0.0.1',
      postgres: { host: '127.0.0.1', port: 0 },
      ssh: { host: '127.0.0.1', port: 2222, hostKey: 'ssh-ed25519 AAAA' },
      readSecret: () => new Secret(login.password),
    },
  };
  const keys = (await openTestKeyring(store)).recording;
  const tls = await generateCertificate({ publicHost: 'localhost', now: systemClock.now() });
  const logger = pino({ level: 'error' }, pino.destination(2));
  const broker = createBroker({
    access,
    keys,
    logger,
    tls,
    replica: 'bench',
    secretKey: new Secret(randomBytes(32)),
  });
  const { port } = await broker.start();
  const engineer = await enrol(access);
  const granted = (resource: string) => grantedRoute({ access, broker, engineer, resource, port });
  return {
    direct: { ...target, ...login },
    pgbouncer:
      pgbouncer === null
        ? null
        : { route: { port: pgbouncer.port, database: DATABASE, ...login }, version: pgbouncer.version },
    bareRelay: { database: DATABASE, ...login, port: bareRelay.port },
    sallyport: await granted('orders-db'),
    masked: await granted('orders-db-masked'),
    keys,
    policy: policy.document,
    stop: async () => {
      await broker.stop();
      await bareRelay.stop();
      await pgbouncer?.stop();
      await store.close();
      await cluster.stop();
    },
  };
}

/** The tables of pgbench, and people with an address each for large results. */
async function fill(cluster: EmbeddedPostgres, login: { user: string; password: string }): Promise<void> {
  const administrator = new Client({ connectionString: cluster.url('postgres') });
  await administrator.connect();
  await administrator.query(`create database ${DATABASE}`);
  await administrator.query(`create role ${login.user} login password '${login.password}'`);
  await administrator.end();
  await run('pgbench', ['-i', '-q', '-s', String(PGBENCH_SCALE), cluster.url(DATABASE)]);
  const owner = new Client({ connectionString: cluster.url(DATABASE) });
  await owner.connect();
  await owner.query(`
    create table people as
      select id, 'Person number ' || id as name, 'person' || id || '@example.com' as email, id % 97 as team
      from generate_series(1, ${PEOPLE}) as series (id);
    grant select on all tables in schema public to ${login.user}`);
  await owner.query('vacuum analyze');
  await owner.end();
}

async function grantedRoute(options: {
  access: AccessContext;
  broker: Broker;
  engineer: Awaited<ReturnType<typeof enrol>>;
  resource: string;
  port: number;
}): Promise<BenchRoute> {
  const { access, broker, engineer, resource, port } = options;
  const request = await requestAccess(access, {
    requester: engineer,
    resource,
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
  const revealed = await revealDatabase(access, { grantId, by: engineer });
  return { port, user: revealed.username, password: revealed.password, database: revealed.database };
}

function readPolicy(options: { directory: string; port: number; database: string; username: string }): {
  version: string;
  document: ReturnType<AccessContext['policy']['current']>['document'];
} {
  const resource = (name: string): string => `
  - name: ${name}
    kind: postgres
    address: 127.0.0.1:${options.port}
    database: ${options.database}
    credential: { username: ${options.username}, password: { env: BENCH } }
    tls: { mode: disable }
    sessionsMax: 100
    roles: { read: { allow: [select] } }`;
  const parsed = parsePolicyDocument(`
resources:${resource('orders-db')}${resource('orders-db-masked')}
access:
  - { name: all, who: { groups: [engineering] }, to: { kind: postgres }, roles: [read], approval: auto }
rules:
  - { name: no-unbounded-writes, on: { kind: postgres }, match: { effects: [delete, update], missingWhere: true }, action: deny }
  - { name: no-ddl, on: { kind: postgres }, match: { effects: [drop, truncate, alter] }, action: deny }
masks:
  - { name: contact, on: { name: orders-db-masked }, columns: ["public.people.email"], with: redact }
broker: { postgres: { address: "127.0.0.1:0" } }
recording: { directory: ${join(options.directory, 'recordings')} }
`);
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return parsed;
}
