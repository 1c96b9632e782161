/**
 * The way into the database. Operations take a `Database` (a unit of work); `transaction` gives one
 * whose writes commit together. `listen` is PostgreSQL's NOTIFY: a hint that something changed, never
 * the change itself, since a hint can be lost.
 */
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM, type SqlEntityManager } from '@mikro-orm/postgresql';
import pg from 'pg';
import type { Secret } from '../core/secret.ts';
import { ALL_ENTITIES } from './entities/all.ts';
import { openListener } from './listen.ts';
import { workAndWrite } from './write-at-commit.ts';

/** A unit of work: reads, and writes that commit together when it came from `transaction`. */
export type Database = SqlEntityManager;

/** What the processes tell each other through NOTIFY. */
export const CHANNELS = [
  'sallyport_outbox',
  'sallyport_grant',
  'sallyport_hold',
  'sallyport_cancel',
  'sallyport_chat',
  'sallyport_policy',
] as const;
export type Channel = (typeof CHANNELS)[number];

export interface Subscription {
  close(): Promise<void>;
}

export interface Store {
  read(): Database;
  transaction<T>(work: (db: Database) => Promise<T>): Promise<T>;
  /**
   * Calls `onHint` with the payload of each notification, and with null after every reconnect, when
   * some may have been missed.
   */
  listen(channel: Channel, onHint: (payload: string | null) => void): Promise<Subscription>;
  /** Applies pending migrations, one process at a time. @returns their names */
  migrate(): Promise<readonly string[]>;
  /** Resolves when the database answers; rejects otherwise. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

const MIGRATIONS_DIRECTORY = new URL('../../migrations/', import.meta.url).pathname;
/** Any number will do, as long as every replica uses the same one. */
const MIGRATION_LOCK = 7_180_001;
const POOL_CONNECTIONS_MAX = 20;

/**
 * Connects to PostgreSQL 15 or newer.
 * @param options.url a `postgres://` URL; kept secret, since it holds the password
 * @throws when the server cannot be reached
 */
export async function openStore(options: { url: Secret<string>; poolMax?: number }): Promise<Store> {
  const orm = await MikroORM.init({
    entities: ALL_ENTITIES,
    clientUrl: options.url.reveal(),
    extensions: [Migrator],
    migrations: { path: MIGRATIONS_DIRECTORY, snapshot: false, silent: true },
    pool: { min: 0, max: options.poolMax ?? POOL_CONNECTIONS_MAX },
    ensureDatabase: false,
  });
  const subscriptions = new Set<Subscription>();

  return {
    read: () => orm.em.fork(),
    transaction: (work) => orm.em.fork().transactional((db) => workAndWrite(db, work)),
    listen: async (channel, onHint) => {
      const listener = await openListener({ url: options.url, channel, onHint });
      const subscription: Subscription = {
        close: async () => {
          subscriptions.delete(subscription);
          await listener.close();
        },
      };
      subscriptions.add(subscription);
      return subscription;
    },
    migrate: () => migrateAlone(orm, options.url),
    ping: async () => {
      await orm.em.fork().execute('select 1');
    },
    close: async () => {
      await Promise.all([...subscriptions].map((subscription) => subscription.close()));
      await orm.close();
    },
  };
}

/** Two replicas that start together must not both migrate: a session-level advisory lock orders them. */
async function migrateAlone(orm: MikroORM, url: Secret<string>): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url.reveal() });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const applied = await orm.migrator.up();
    return applied.map((migration) => migration.name);
  } finally {
    await client.end();
  }
}
