/** A database for one test file, cloned from a template in milliseconds and checked for leaks at its end. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, inject } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { withAdministrator } from './administrator.ts';
import { SHOP_TEMPLATE, STORE_TEMPLATE, TEST_DATABASE_PREFIX, type TestCluster } from './cluster.ts';

export interface TestDatabase {
  readonly name: string;
  readonly host: '127.0.0.1';
  readonly port: number;
  /** The superuser's: owns everything in the clone. */
  readonly url: Secret<string>;
  /** Drops it. @throws when somebody still has a connection after a short wait: a leaked pool or session */
  drop(): Promise<void>;
}

/** The sample shop, as the target that the broker stands in front of, with credentials of its own. */
export interface TestShop extends TestDatabase {
  readonly credentials: TestCluster['shop'];
  /** What a test asks the target itself, past the broker. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

const LEAK_PATIENCE_MS = 3_000;
const LEAK_POLL_MS = 50;

/** Sallyport's own database with every migration applied. */
export function createTestDatabase(): Promise<TestDatabase> {
  return cloneTemplate(STORE_TEMPLATE);
}

/** A private copy of the sample shop. */
export async function createTestShop(): Promise<TestShop> {
  const database = await cloneTemplate(SHOP_TEMPLATE);
  return {
    ...database,
    credentials: inject('cluster').shop,
    query: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
      withAdministrator(
        database.url.reveal(),
        async (client) => (await client.query<Row>(text, [...values])).rows,
      ),
  };
}

/** `createTestDatabase` before the file's tests and `drop` after them. Read the result inside tests only. */
export function useTestDatabase(): { readonly current: TestDatabase } {
  return useCreated(createTestDatabase);
}

/** `createTestShop` before the file's tests and `drop` after them. Read the result inside tests only. */
export function useTestShop(): { readonly current: TestShop } {
  return useCreated(createTestShop);
}

function useCreated<T extends TestDatabase>(create: () => Promise<T>): { readonly current: T } {
  let created: T | null = null;
  beforeAll(async () => {
    created = await create();
  });
  afterAll(async () => {
    await created?.drop();
  });
  return {
    get current() {
      if (created === null) throw new Error('The test database exists only while tests run.');
      return created;
    },
  };
}

async function cloneTemplate(template: string): Promise<TestDatabase> {
  const { administratorUrl, port } = inject('cluster');
  const name = `${TEST_DATABASE_PREFIX}${randomBytes(6).toString('hex')}`;
  await withAdministrator(administratorUrl, (client) =>
    // Copying the files takes a third of logging every page, and nothing here has to survive a crash.
    client.query(`create database ${name} template ${template} strategy file_copy`),
  );
  const url = new URL(administratorUrl);
  url.pathname = `/${name}`;
  return {
    name,
    host: '127.0.0.1',
    port,
    url: new Secret(url.href),
    drop: async () => {
      const leaks = await findLeaks({ administratorUrl, name });
      await withAdministrator(administratorUrl, (client) =>
        client.query(`drop database ${name} with (force)`),
      );
      if (leaks.length > 0) throw new Error(`Connections were left open:\n${leaks.join('\n')}`);
    },
  };
}

/** Closing a socket takes the server a moment to notice, hence the patience. */
async function findLeaks(options: { administratorUrl: string; name: string }): Promise<string[]> {
  return withAdministrator(options.administratorUrl, async (client) => {
    for (let waitedMs = 0; ; waitedMs += LEAK_POLL_MS) {
      const { rows } = await client.query<{ leak: string }>(
        `select format('%s as %s, %s since %s: %s', application_name, usename, state, state_change, left(query, 200)) as leak
         from pg_stat_activity where datname = $1 and backend_type = 'client backend'`,
        [options.name],
      );
      if (rows.length === 0 || waitedMs >= LEAK_PATIENCE_MS) return rows.map((row) => row.leak);
      await sleep(LEAK_POLL_MS);
    }
  });
}
