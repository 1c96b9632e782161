/** A whole deployment for the bench of approvals: databases, the server as its own process, people, and live sessions. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { AccessContext } from '../src/access/context.ts';
import { NO_ON_CALL, NO_TICKETS } from '../src/access/no-lookups.ts';
import { requestAccess } from '../src/access/request-access.ts';
import { systemClock } from '../src/core/clock.ts';
import type { Person } from '../src/core/identity.ts';
import { Secret } from '../src/core/secret.ts';
import type { IdentityContext } from '../src/identity/context.ts';
import { upsertPerson } from '../src/identity/persons.ts';
import { openWebSession } from '../src/identity/web-sessions.ts';
import { parsePolicyDocument } from '../src/policies/document/parse.ts';
import { findFreePort } from '../src/store/embedded/free-port.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/store/embedded/supervisor.ts';
import { openStore, type Store } from '../src/store/open-store.ts';
import { revealDatabase } from '../test/support/reveal-database.ts';

const ISSUER = 'https://idp.bench.example';
const TARGET = 'shop';
const OWN = 'sallyport';
/** For the live sessions, one connection each, and what the server itself needs. */
const TARGET_CONNECTIONS_MAX = '700';
const READY = 'Sallyport is ready';
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 30_000;
/** As many at once as one broker takes without a login waiting for its turn for long. */
const LOGINS_AT_ONCE = 5;
/** As people and scripts would ask. */
const ASKED_AT_ONCE = 8;
const MAIN = new URL('../src/start.ts', import.meta.url).pathname;

export interface ApprovalsSetup {
  readonly url: string;
  readonly access: AccessContext;
  readonly store: Store;
  readonly alice: Person;
  readonly serverPid: number;
  readonly postgresPid: number;
  /** The headers of bob's browser. */
  readonly approver: Record<string, string>;
  /** Resolves when the grant can be used. */
  untilActive(grantId: string): Promise<void>;
  /** Makes somebody known who signed in just now. */
  enrol(name: string, groups: readonly string[]): Promise<Person>;
  /** Waiting requests of alice's. @returns their ids */
  ask(count: number): Promise<string[]>;
  /** Live sessions of alice's under one grant, each idle. */
  connect(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** What a bench needs besides. */
interface ExtraSettings {
  /** Lines of the policy. */
  readonly policy?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts everything below `directory`; what was started is stopped again when that fails. */
export async function startDeployment(directory: string, extra: ExtraSettings = {}): Promise<ApprovalsSetup> {
  const started: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const stopPart of started.splice(0).reverse()) await stopPart();
  };
  try {
    return { ...(await startParts(directory, started, extra)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(
  directory: string,
  started: (() => Promise<void>)[],
  extra: ExtraSettings,
): Promise<Omit<ApprovalsSetup, 'stop'>> {
  const cluster = await startEmbeddedPostgres({
    directory: join(directory, 'cluster'),
    settings: { max_connections: TARGET_CONNECTIONS_MAX },
  });
  started.push(() => cluster.stop());
  const password = randomBytes(24).toString('hex');
  await createDatabases(cluster, password);
  const ports = { web: await findFreePort(), broker: await findFreePort() };
  const url = `http://127.0.0.1:${ports.web}`;
  const text = `${policyText({ directory, ports, target: cluster.port })}${extra.policy ?? ''}\n`;
  writeFileSync(join(directory, 'sallyport.yaml'), text);
  const server = await startServer({
    directory,
    databaseUrl: cluster.url(OWN),
    environment: { ...extra.environment, TARGET_PASSWORD: password },
  });
  started.push(() => stopServer(server));
  const store = await openStore({ url: new Secret(cluster.url(OWN)) });
  started.push(() => store.close());

  const access = accessContext({ store, text, url, brokerPort: ports.broker, password });
  const identity: IdentityContext = { ...access, settings: () => IDENTITY };
  const alice = await enrol(identity, 'alice', ['engineering', 'sre']);
  const bob = await enrol(identity, 'bob', ['sre']);
  const { cookie } = await openWebSession(identity, bob);
  const watch = new GrantWatch(store);
  const clients: Client[] = [];
  started.push(async () => {
    await Promise.allSettled(clients.map((client) => client.end()));
  });
  return {
    url,
    access,
    store,
    alice,
    serverPid: server.pid ?? 0,
    postgresPid: await postmasterOf(cluster),
    approver: {
      cookie: `sallyport_session=${cookie.reveal()}`,
      origin: url,
      'x-sallyport-csrf': '1',
      'content-type': 'application/json',
    },
    enrol: (name, groups) => enrol(identity, name, groups),
    untilActive: (grantId) => watch.untilActive(grantId),
    ask: (count) => askFor(access, alice, count),
    connect: async (count) => {
      clients.push(...(await openSessions(access, { alice, count, watch })));
    },
  };
}

async function createDatabases(cluster: EmbeddedPostgres, password: string): Promise<void> {
  const administrator = new Client({ connectionString: cluster.url('postgres') });
  await administrator.connect();
  await administrator.query(`create database ${TARGET}`);
  await administrator.query(`create database ${OWN}`);
  await administrator.query(`create role app login password '${password}'`);
  await administrator.end();
}

/** All of the bench's processes are the postmaster's and the server's, so their trees are what it costs. */
async function postmasterOf(cluster: EmbeddedPostgres): Promise<number> {
  const client = new Client({ connectionString: cluster.url('postgres') });
  await client.connect();
  try {
    const { rows } = await client.query<{ file: string }>(
      `select split_part(pg_read_file('postmaster.pid'), E'\\n', 1) as file`,
    );
    return Number(rows[0]?.file);
  } finally {
    await client.end();
  }
}

async function startServer(options: {
  directory: string;
  databaseUrl: string;
  environment: Readonly<Record<string, string>>;
}): Promise<ChildProcess> {
  const { directory, databaseUrl, environment } = options;
  const child = spawn(process.execPath, [MAIN, '--config', join(directory, 'sallyport.yaml')], {
    env: {
      PATH: process.env['PATH'] ?? '',
      DATABASE_URL: databaseUrl,
      SALLYPORT_DATA: join(directory, 'state'),
      ...environment,
      LOG_LEVEL: 'info',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the server does not start')), READY_WITHIN_MS);
    child.once('exit', () => reject(new Error('the server has ended')));
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (!chunk.includes(READY)) return;
      clearTimeout(timer);
      resolve();
    });
  });
  return child;
}

async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await gone;
  clearTimeout(timer);
}

const IDENTITY = {
  audience: '',
  workloads: [],
  oidc: {
    issuer: ISSUER,
    clientId: 'sallyport',
    clientSecret: null,
    audience: '',
    scopes: 'openid',
    groupsClaim: 'groups',
    sshKeysClaim: null,
    clockToleranceMs: 5_000,
  },
};

function accessContext(of: {
  store: Store;
  text: string;
  url: string;
  brokerPort: number;
  password: string;
}): AccessContext {
  const policy = parsePolicyDocument(of.text);
  if (!policy.ok) throw new Error(policy.problems.map(({ message }) => message).join('\n'));
  return {
    onCall: NO_ON_CALL,
    tickets: NO_TICKETS,
    store: of.store,
    clock: systemClock,
    random: (bytes) => randomBytes(bytes),
    policy: { current: () => policy },
    settings: {
      publicUrl: of.url,
      postgres: { host: '127.0.0.1', port: of.brokerPort },
      ssh: { host: '127.0.0.1', port: 2222, hostKey: 'ssh-ed25519 AAAA' },
      readSecret: () => new Secret(of.password),
    },
  };
}

function enrol(identity: IdentityContext, name: string, groups: readonly string[]): Promise<Person> {
  const toldAt = systemClock.now();
  return upsertPerson(identity, {
    issuer: ISSUER,
    subject: name,
    email: `${name}@example.com`,
    name,
    groups,
    toldAt,
  });
}

async function askFor(access: AccessContext, alice: Person, count: number): Promise<string[]> {
  const ids: string[] = [];
  const numbers = Array.from({ length: count }, (_, index) => index).values();
  await Promise.all(
    Array.from({ length: ASKED_AT_ONCE }, async () => {
      for (const index of numbers) {
        const made = await requestAccess(access, { ...request(alice, 'write'), reason: `order ${index}` });
        ids.push(made.id);
      }
    }),
  );
  return ids;
}

function request(requester: Person, role: string) {
  return {
    requester,
    resource: 'orders-db',
    role,
    durationMs: 3_600_000,
    reason: 'bench',
    ticket: null,
    incident: null,
    origin: null,
    idempotencyKey: randomUUID(),
  };
}

async function openSessions(
  access: AccessContext,
  { alice, count, watch }: { alice: Person; count: number; watch: GrantWatch },
): Promise<Client[]> {
  const { grant } = await requestAccess(access, request(alice, 'read'));
  const grantId = grant?.id ?? '';
  await watch.untilActive(grantId);
  const { host, port, database, username, password } = await revealDatabase(access, { grantId, by: alice });
  const waiting = Array.from({ length: count }, () => {
    const client = new Client({
      host,
      port,
      database,
      user: username,
      password,
      ssl: { rejectUnauthorized: false },
    });
    client.on('error', () => undefined);
    return client;
  });
  const queue = waiting.values();
  await Promise.all(
    Array.from({ length: LOGINS_AT_ONCE }, async () => {
      for (const client of queue) {
        await client.connect();
        await client.query('select 1');
      }
    }),
  );
  return waiting;
}

const LOOK_EVERY_MS = 5;
const ACTIVE_WITHIN_MS = 60_000;

/** Resolves when each of these grants can be used. One question for all of them, so that asking costs little. */
class GrantWatch {
  readonly #store: Store;
  readonly #waiting = new Map<string, () => void>();

  constructor(store: Store) {
    this.#store = store;
  }

  async untilActive(grantId: string): Promise<void> {
    const active = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`grant ${grantId} is not active`)), ACTIVE_WITHIN_MS);
      this.#waiting.set(grantId, () => {
        clearTimeout(timer);
        resolve();
      });
    });
    if (this.#waiting.size === 1) void this.#look();
    await active;
  }

  async #look(): Promise<void> {
    while (this.#waiting.size > 0) {
      const rows = await this.#store
        .read()
        .execute<{ id: string }[]>(
          `select id from access_grant where id = any(?::text[]) and state = 'active'`,
          [`{${[...this.#waiting.keys()].join(',')}}`],
        );
      for (const { id } of rows) {
        this.#waiting.get(id)?.();
        this.#waiting.delete(id);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}

function policyText(of: {
  directory: string;
  ports: { web: number; broker: number };
  target: number;
}): string {
  return `
resources:
  - name: orders-db
    kind: postgres
    address: 127.0.0.1:${of.target}
    database: ${TARGET}
    credential: { username: app, password: { env: TARGET_PASSWORD } }
    tls: { mode: disable }
    sessionsMax: 1000
    roles: { read: { allow: [select] }, write: { allow: [select, insert, update, delete] } }
access:
  - { name: write, who: { groups: [engineering] }, to: { name: orders-db }, roles: [write], maxDuration: 4h, approval: { from: [{ group: sre }], within: 4h } }
  - { name: read, who: { groups: [engineering] }, to: { name: orders-db }, roles: [read], maxDuration: 4h, approval: auto }
identity: { oidc: { issuer: "${ISSUER}", clientId: sallyport } }
server: { address: "127.0.0.1:${of.ports.web}" }
broker: { postgres: { address: "127.0.0.1:${of.ports.broker}" } }
recording: { directory: ${join(of.directory, 'recordings')} }
`;
}
