/**
 * The real server in front of a real PostgreSQL and a real OpenSSH server. What these executed can be asked past the
 * server: rows of the table `executed`, files of the directory `executed` at home.
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';
import { stringify } from 'yaml';
import { SIGNING_KEY_FILE } from '../../../src/recording/layout.ts';
import type { WireGrant, WireRequest } from '../../../src/web/wire.ts';
import { withAdministrator } from '../../support/administrator.ts';
import { type TestShop, useTestDatabase, useTestShop } from '../../support/database.ts';
import { freePort } from '../../support/free-port.ts';
import { type TestIssuer, useTestIssuer } from '../../support/issuer.ts';
import { buildProgram } from '../../support/program.ts';
import { type ServerProcess, startServerProcess } from '../../support/server-process.ts';
import type { SshLogin } from '../../support/ssh/clients.ts';
import { type Sshd, TARGET_ACCOUNT, useSshd } from '../../support/ssh/sshd.ts';

/** At home on the host. */
export const EXECUTED = 'executed';
const PATIENCE_MS = 90_000;
const POLL_MS = 100;

export interface RecordedDeployment {
  /** Where the server records. */
  readonly recordings: string;
  readonly publicKeyPem: string;
  readonly sshd: Sshd;
  /** Waits for what still runs of the sessions before, on both targets. */
  untilTargetsRest(): Promise<void>;
  /** What the targets executed, of all whose mark begins so. */
  executed(prefix: string): Promise<string[]>;
  /** The server that was started last. */
  readonly server: ServerProcess;
  /** Starts the server again, on everything that the one before left. */
  restart(): Promise<void>;
  /** A connection string, for the role `write`. */
  postgresUrl(): Promise<string>;
  /** For the role `runner`. */
  sshLogin(): Promise<SshLogin>;
  /** As an overseer. */
  download(path: string): Promise<string>;
  /** Asks Sallyport's own database. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

interface Options {
  /** Under `recording` of the configuration, beside the directory. */
  readonly recording?: () => Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Puts something under the directory of the recordings before anything is in it. @returns what takes it away */
  readonly mount?: (recordings: string) => () => void;
}

export function useRecordedDeployment(options: Options = {}): { readonly current: RecordedDeployment } {
  const root = mkdtempSync(join(tmpdir(), 'sallyport-recorded-'));
  const [database, shop, issuer, sshd] = [useTestDatabase(), useTestShop(), useTestIssuer(), useSshd()];
  let unmount = (): void => undefined;
  let deployment: RecordedDeployment | null = null;
  beforeAll(async () => {
    const recordings = join(root, 'recordings');
    mkdirSync(recordings, { mode: 0o700 });
    unmount = options.mount?.(recordings) ?? unmount;
    const databaseUrl = database.current.url.reveal();
    const parts = { root, recordings, databaseUrl, shop: shop.current, sshd: sshd.current };
    deployment = await start({ ...parts, issuer: issuer.current, options });
  });
  afterAll(async () => {
    if (deployment?.server.running === true) await deployment.server.stop();
    unmount();
    rmSync(root, { recursive: true, force: true });
  });
  return {
    get current() {
      if (deployment === null) throw new Error('The deployment exists only while tests run.');
      return deployment;
    },
  };
}

/** Looks again and again, for longer than a recovery takes on a busy machine. */
export async function eventually<Seen>(what: string, look: () => Promise<Seen | null>): Promise<Seen> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (seen !== null) return seen;
    if (performance.now() > until) throw new Error(`${what} did not come within ${PATIENCE_MS / 1_000} s.`);
    await sleep(POLL_MS);
  }
}

interface Parts {
  readonly root: string;
  readonly recordings: string;
  readonly databaseUrl: string;
  readonly shop: TestShop;
  readonly sshd: Sshd;
  readonly issuer: TestIssuer;
  readonly options: Options;
}

async function start(parts: Parts): Promise<RecordedDeployment> {
  const { root, recordings, databaseUrl, shop, sshd, issuer, options } = parts;
  const state = join(root, 'state');
  mkdirSync(state, { mode: 0o700 });
  const executedAtHome = join(sshd.home, EXECUTED);
  mkdirSync(executedAtHome);
  chmodSync(executedAtHome, 0o777);
  await shop.query(
    'create table executed (mark text primary key); grant select, insert, delete on executed to app_rw',
  );
  const ports = { web: await freePort(), postgres: await freePort(), ssh: await freePort() };
  const url = `http://127.0.0.1:${ports.web}`;
  const configFile = join(root, 'sallyport.yaml');
  writeFileSync(configFile, stringify(configurationOf(parts, ports)), { mode: 0o600 });
  const environment = {
    SALLYPORT_DATA: state,
    DATABASE_URL: databaseUrl,
    SHOP_PASSWORD: shop.credentials.writer.password,
    ...options.environment,
  };
  const program = await buildProgram();
  const launch = (): Promise<ServerProcess> => startServerProcess({ program, configFile, environment });
  let server = await launch();

  const call = async (who: Person, path: string, body?: object): Promise<string> => {
    const { name, group } = who;
    const claims = { sub: name, aud: url, name, email: `${name}@example.com`, groups: [group] };
    const response = await fetch(`${url}/api/v1/${path}`, {
      headers: { authorization: `Bearer ${await issuer.sign(claims)}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}: ${text}`);
    return text;
  };
  const granted = async (resource: string, role: string): Promise<Revealed> => {
    const asked = { resource, role, duration: '1h', reason: 'the pages are slow' };
    const { id, grant } = JSON.parse(await call(ALICE, 'requests', asked)) as WireRequest;
    if (grant === null) throw new Error(`${id} was not approved`);
    await eventually('The prepared connection', async () => {
      const now = JSON.parse(await call(ALICE, `grants/${grant.id}`)) as WireGrant;
      return now.state === 'active' ? now : null;
    });
    return JSON.parse(await call(ALICE, `grants/${grant.id}/reveal`, {})) as Revealed;
  };
  return {
    recordings,
    get publicKeyPem() {
      return readFileSync(join(recordings, SIGNING_KEY_FILE), 'utf8');
    },
    sshd,
    get server() {
      return server;
    },
    restart: async () => {
      server = await launch();
    },
    untilTargetsRest: async () => {
      await eventually('The end of the work on the targets', async () => {
        const left = await shop.query(
          `select from pg_stat_activity where datname = $1 and usename = 'app_rw'`,
          [shop.name],
        );
        return left.length === 0 && sshd.processes().length === 0 ? true : null;
      });
    },
    executed: async (prefix) => {
      const rows = await shop.query<{ mark: string }>(
        'select mark from executed where starts_with(mark, $1)',
        [prefix],
      );
      const files = readdirSync(executedAtHome).filter((name) => name.startsWith(prefix));
      return [...rows.map(({ mark }) => mark), ...files];
    },
    postgresUrl: async () => {
      const { commands } = await granted('orders-db', 'write');
      return commands.find(({ client }) => client === 'URL')?.text ?? '';
    },
    sshLogin: async () => {
      const { username, password, hostKey } = await granted('web-1', 'runner');
      return { host: '127.0.0.1', port: ports.ssh, hostKey, username, secret: password };
    },
    download: (path) => call(CAROL, path),
    query: <Row extends object>(text: string, values: readonly unknown[] = []) =>
      withAdministrator(databaseUrl, async (client) => (await client.query<Row>(text, [...values])).rows),
  };
}

interface Person {
  readonly name: string;
  readonly group: string;
}

interface Revealed {
  readonly username: string;
  readonly password: string;
  readonly hostKey: string;
  readonly commands: readonly { readonly client: string; readonly text: string }[];
}

const ALICE: Person = { name: 'alice', group: 'engineering' };
/** An overseer. */
const CAROL: Person = { name: 'carol', group: 'responders' };

function configurationOf(
  { shop, sshd, issuer, recordings, options }: Parts,
  ports: { readonly web: number; readonly postgres: number; readonly ssh: number },
): object {
  const everybody = { who: { groups: [ALICE.group] }, approval: 'auto' };
  return {
    server: { address: `127.0.0.1:${ports.web}` },
    broker: {
      postgres: { address: `127.0.0.1:${ports.postgres}` },
      ssh: { address: `127.0.0.1:${ports.ssh}` },
    },
    recording: { directory: recordings, ...options.recording?.() },
    identity: { oidc: { issuer: issuer.url, clientId: 'sallyport', groupsClaim: 'groups' } },
    oversight: { groups: [CAROL.group] },
    resources: [
      {
        name: 'orders-db',
        kind: 'postgres',
        address: `127.0.0.1:${shop.port}`,
        database: shop.name,
        credential: { username: shop.credentials.writer.username, password: { env: 'SHOP_PASSWORD' } },
        tls: { mode: 'disable' },
        roles: { write: { allow: ['select', 'insert', 'update', 'delete'] } },
      },
      {
        name: 'web-1',
        kind: 'ssh',
        address: sshd.address,
        hostKey: sshd.hostKey,
        credential: { username: TARGET_ACCOUNT, privateKey: { file: sshd.privateKeyFile } },
        roles: { runner: { shell: 'exec' } },
      },
    ],
    access: [
      { name: 'databases', to: { kind: 'postgres' }, roles: ['write'], ...everybody },
      { name: 'hosts', to: { kind: 'ssh' }, roles: ['runner'], ...everybody },
    ],
    rules: [
      {
        name: 'no-unbounded-writes',
        on: { kind: 'postgres' },
        match: { effects: ['delete', 'update'], missingWhere: true },
        action: 'deny',
        message: 'Add a WHERE clause. Whole-table writes need a migration.',
      },
    ],
  };
}
