/**
 * Starts one PostgreSQL cluster for a project's whole run, with two templates that test files clone in
 * milliseconds: Sallyport's own migrated schema, and the sample shop that the broker is pointed at.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { Secret } from '../../src/core/secret.ts';
import { createShop, type ShopCredential } from '../../src/demo/shop/create-shop.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/supervisor.ts';
import { openStore } from '../../src/store/open-store.ts';
import { withAdministrator } from './administrator.ts';
import { SHOP_TEMPLATE, STORE_TEMPLATE, TEST_DATABASE_PREFIX } from './cluster.ts';

/** What a test run loses in a power cut is not worth waiting for, and tables of ten rows need no search for a plan. */
const FAST_SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '64MB',
  max_connections: '800',
  autovacuum: 'off',
  // No processes that read for others: everything is in memory.
  io_method: 'sync',
  // The files may be in memory as well.
  max_wal_size: '128MB',
  jit: 'off',
  join_collapse_limit: '1',
};
const TEST_SHOP_CUSTOMERS = 200;

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-test-'));
  const cluster = await startEmbeddedPostgres({ directory, settings: FAST_SETTINGS });
  const administratorUrl = cluster.url('postgres');
  const tearDown = async (): Promise<void> => {
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await withAdministrator(administratorUrl, (client) => client.query(`create database ${STORE_TEMPLATE}`));
    const store = await openStore({ url: new Secret(cluster.url(STORE_TEMPLATE)) });
    await store.migrate();
    await store.close();
    const shop = await createShop({
      administratorUrl: (database) => new Secret(cluster.url(database)),
      database: SHOP_TEMPLATE,
      customers: TEST_SHOP_CUSTOMERS,
    });
    project.provide('cluster', {
      port: cluster.port,
      administratorUrl,
      shop: { writer: plain(shop.writer), reader: plain(shop.reader), owner: plain(shop.owner) },
    });
  } catch (error) {
    await tearDown();
    throw error;
  }
  return async () => {
    const left = await withAdministrator(administratorUrl, (client) =>
      client.query<{ datname: string }>('select datname from pg_database where datname like $1', [
        `${TEST_DATABASE_PREFIX}%`,
      ]),
    );
    await tearDown();
    if (left.rows.length > 0) {
      throw new Error(`Tests left databases behind: ${left.rows.map((row) => row.datname).join(', ')}`);
    }
  };
}

function plain(credential: ShopCredential): { username: string; password: string } {
  return { username: credential.username, password: credential.password.reveal() };
}
