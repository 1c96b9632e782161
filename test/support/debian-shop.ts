/**
 * The sample shop on the PostgreSQL that Debian ships, which is older than the embedded one: pg_dump
 * refuses a server that is newer than itself, and Debian's clients come with Debian's server.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { createShop } from '../../src/demo/shop/create-shop.ts';
import { openClusterDirectory, openPassword } from '../../src/store/embedded/cluster-directory.ts';
import { startServer, stopServer } from '../../src/store/embedded/postmaster.ts';
import { choosePrivileges, giveTo, launchAs } from '../../src/store/embedded/privileges.ts';
import { withAdministrator } from './administrator.ts';
import type { TestShop } from './database.ts';
import { freePort } from './free-port.ts';

const VERSIONS = '/usr/lib/postgresql';
const SUPERUSER = 'sallyport';
const DATABASE = 'test_debian_shop';
const CUSTOMERS = 50;
const INITDB_TIMEOUT_MS = 60_000;
/** The cluster lives as long as a test file. */
const SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' };

export interface DebianShop extends TestShop {
  readonly majorVersion: number;
  /** The superuser's connection string for another database of the cluster. */
  urlOf(database: string): string;
}

/** Starts a cluster before the file's tests and stops it after them. Read the result inside tests only. */
export function useDebianShop(): { readonly current: DebianShop } {
  let started: DebianShop | null = null;
  beforeAll(async () => {
    started = await startDebianShop();
  });
  afterAll(() => started?.drop());
  return {
    get current() {
      if (started === null) throw new Error('The cluster exists only while tests run.');
      return started;
    },
  };
}

async function startDebianShop(): Promise<DebianShop> {
  const { majorVersion, binaries } = newestServer();
  const root = mkdtempSync(join(tmpdir(), 'sallyport-debian-'));
  const directory = openClusterDirectory(root);
  const privileges = choosePrivileges({ directory: directory.root, program: binaries.postgres });
  const password = openPassword(directory);
  giveTo(privileges, directory.root);
  initialise(
    launchAs(privileges, binaries.initdb, [
      `--pgdata=${directory.data}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${directory.passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ]),
  );
  const port = await freePort();
  const pid = await startServer({ directory, binaries, privileges, settings: SETTINGS, port });
  const urlOf = (database: string): string =>
    `postgres://${SUPERUSER}:${password.reveal()}@127.0.0.1:${port}/${database}`;
  const drop = async (): Promise<void> => {
    await stopServer(pid);
    rmSync(root, { recursive: true, force: true });
  };
  try {
    const { owner, writer, reader } = await createShop({
      administratorUrl: (database) => new Secret(urlOf(database)),
      database: DATABASE,
      customers: CUSTOMERS,
    });
    const plain = (of: typeof owner) => ({ username: of.username, password: of.password.reveal() });
    return {
      name: DATABASE,
      host: '127.0.0.1',
      port,
      url: new Secret(urlOf(DATABASE)),
      majorVersion,
      urlOf,
      credentials: { owner: plain(owner), writer: plain(writer), reader: plain(reader) },
      query: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
        withAdministrator(
          urlOf(DATABASE),
          async (client) => (await client.query<Row>(text, [...values])).rows,
        ),
      drop,
    };
  } catch (error) {
    await drop();
    throw error;
  }
}

function newestServer(): { majorVersion: number; binaries: { initdb: string; postgres: string } } {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS) : [];
  const majorVersion = versions
    .map(Number)
    .filter((version) => isExecutable(join(VERSIONS, String(version), 'bin', 'postgres')))
    .toSorted((left, right) => right - left)[0];
  if (majorVersion === undefined)
    throw new Error("Debian's PostgreSQL is not installed: apt-get install postgresql");
  const bin = join(VERSIONS, String(majorVersion), 'bin');
  return { majorVersion, binaries: { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') } };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function initialise(launch: ReturnType<typeof launchAs>): void {
  const { program, arguments: args, uid, gid } = launch;
  const result = spawnSync(program, args, {
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    encoding: 'utf8',
    timeout: INITDB_TIMEOUT_MS,
  });
  if (result.status !== 0) throw new Error(`initdb failed: ${result.stderr || String(result.error)}`);
}
