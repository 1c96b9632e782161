/** Sallyport's own database: the one that is configured, or a PostgreSQL of our own beside the recordings. */
import { join } from 'node:path';
import pg from 'pg';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { AppError, messageOf } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import { startEmbeddedPostgres } from '../store/embedded/supervisor.ts';
import { openStore, type Store } from '../store/open-store.ts';
import type { Lifecycle } from './lifecycle.ts';

const DATABASE_NAME = 'sallyport';

/**
 * Opens it and brings its schema up to date.
 * @throws AppError `unavailable` when it cannot be opened
 */
export async function openDatabase(parts: {
  readonly config: Config;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
}): Promise<{ readonly url: Secret<string>; readonly store: Store }> {
  const { config, lifecycle } = parts;
  const url = config.databaseUrl ?? (await startEmbedded(parts));
  const store = await openStore({ url });
  lifecycle.add('store', () => store.close());
  // The first thing that asks the database anything, so the first to hear that it cannot be reached.
  try {
    await store.migrate();
  } catch (error) {
    const which = config.databaseUrl === null ? 'the embedded database' : 'the database of DATABASE_URL';
    throw new AppError('unavailable', `Cannot open ${which}: ${messageOf(error)}`, { cause: error });
  }
  return { url, store };
}

async function startEmbedded(parts: {
  readonly config: Config;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
}): Promise<Secret<string>> {
  const { config, logger, lifecycle } = parts;
  const embedded = await startEmbeddedPostgres({
    directory: join(config.dataDirectory, 'postgres'),
    report: (event) => logger.warn({ event }, 'the embedded database had a fault'),
  });
  lifecycle.add('embedded PostgreSQL', () => embedded.stop());
  const client = new pg.Client({ connectionString: embedded.url('postgres') });
  await client.connect();
  try {
    const known = await client.query('select 1 from pg_database where datname = $1', [DATABASE_NAME]);
    if (known.rowCount === 0) await client.query(`create database ${DATABASE_NAME}`);
  } finally {
    await client.end();
  }
  return new Secret(embedded.url(DATABASE_NAME));
}
