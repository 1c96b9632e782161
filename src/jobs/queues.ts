/**
 * BullMQ on Redis, or on the PostgreSQL that is there anyway. The rest of `jobs` sees queues and
 * workers, and not which of the two carries them.
 */
import {
  createPostgresBackend,
  type JobsOptions,
  type PostgresConnectionOptions,
  Queue,
  runMigrations,
  Worker,
  withBackend,
} from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { AppError, messageOf } from '../core/errors.ts';
import type { Secret } from '../core/secret.ts';
import type { QueueName } from './job.ts';

export type QueueBackend =
  | {
      readonly kind: 'redis';
      readonly url: Secret<string>;
      /** Tells this deployment's queues from those of others in the same Redis: a job is ids of one database. */
      readonly deployment: string;
    }
  | { readonly kind: 'postgres'; readonly url: Secret<string> };

/** The part of BullMQ's queue and worker that we use; the two backends' classes differ in type only. */
export interface JobQueue {
  add(name: string, data: object, options: JobsOptions): Promise<unknown>;
  upsertJobScheduler(
    id: string,
    repeat: { every: number },
    template: { name: string; data: object; opts: JobsOptions },
  ): Promise<unknown>;
  close(): Promise<void>;
}

export interface JobWorker {
  close(): Promise<void>;
}

export interface Queues {
  openQueue(name: QueueName): JobQueue;
  openWorker(name: QueueName, run: (job: { name: string; data: unknown }) => Promise<void>): JobWorker;
  /** After every queue and worker has been closed. */
  close(): Promise<void>;
}

/** BullMQ's own default schema: a pool that is handed over cannot name another. */
const SCHEMA = 'bullmq';
/** Each worker keeps one connection for LISTEN. */
const POOL_CONNECTIONS_MAX = 12;
const CONCURRENCY = 10;
const STALLED_CHECK_MS = 15_000;
const LOCK_MS = 30_000;

/**
 * @param options.onError hears of connection faults; BullMQ reconnects by itself
 * @throws when the backend cannot be reached: AppError `unavailable` that names the Redis
 */
export async function openQueues(
  backend: QueueBackend,
  options: { onError: (error: Error) => void },
): Promise<Queues> {
  return backend.kind === 'redis' ? openOnRedis(backend, options) : openOnPostgres(backend.url, options);
}

const WORKER_OPTIONS = { concurrency: CONCURRENCY, lockDuration: LOCK_MS, stalledInterval: STALLED_CHECK_MS };

async function openOnRedis(
  { url, deployment }: Extract<QueueBackend, { kind: 'redis' }>,
  { onError }: { onError: (error: Error) => void },
): Promise<Queues> {
  const prefix = `sallyport-${deployment}`;
  const clients: Redis[] = [];
  /** A queue must fail at once while Redis is away, so that the outbox keeps the entry; a worker must wait. */
  const connect = (use: 'queue' | 'worker'): Redis => {
    const client = new Redis(url.reveal(), {
      maxRetriesPerRequest: use === 'worker' ? null : 1,
      enableOfflineQueue: use === 'worker',
      lazyConnect: use === 'queue',
    });
    client.on('error', onError);
    clients.push(client);
    return client;
  };
  const shared = connect('queue');
  await reach(shared);
  return {
    openQueue: (name) => {
      const queue = new Queue(name, { connection: shared, prefix });
      queue.on('error', onError);
      return queue;
    },
    openWorker: (name, run) => {
      const worker = new Worker(name, run, {
        ...WORKER_OPTIONS,
        connection: connect('worker'),
        prefix,
      });
      worker.on('error', onError);
      return worker;
    },
    close: async () => {
      for (const client of clients) client.disconnect();
    },
  };
}

/** Without the end of the client, its attempts to reconnect would keep a process alive that has given up. */
async function reach(client: Redis): Promise<void> {
  const { host, port } = client.options;
  let reason = '';
  client.once('error', (error) => {
    reason = messageOf(error);
  });
  try {
    await client.connect();
  } catch (error) {
    client.disconnect();
    const why = reason === '' ? messageOf(error) : reason;
    throw new AppError('unavailable', `Cannot reach the Redis of REDIS_URL at ${host}:${port}: ${why}`, {
      cause: error,
    });
  }
}

async function openOnPostgres(
  url: Secret<string>,
  { onError }: { onError: (error: Error) => void },
): Promise<Queues> {
  const pool = new pg.Pool({
    connectionString: url.reveal(),
    max: POOL_CONNECTIONS_MAX,
    keepAlive: true,
    options: `-c search_path=${SCHEMA}`,
    application_name: 'sallyport jobs',
  });
  pool.on('error', onError);
  const client = await pool.connect();
  try {
    await runMigrations(client, SCHEMA);
  } finally {
    client.release();
  }
  const classes = withBackend(createPostgresBackend);
  // BullMQ documents that a pg.Pool may be passed; its structural type misses an overload of pg's own.
  const connection = pool as unknown as PostgresConnectionOptions;
  return {
    openQueue: (name) => {
      const queue = new classes.Queue(name, { connection });
      queue.on('error', onError);
      return queue;
    },
    openWorker: (name, run) => {
      const worker = new classes.Worker(name, run, { ...WORKER_OPTIONS, connection });
      worker.on('error', onError);
      return worker;
    },
    close: () => pool.end(),
  };
}
