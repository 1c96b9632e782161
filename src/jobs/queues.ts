/**
 * BullMQ on Redis, or on the PostgreSQL that is there anyway. The rest of `jobs` sees queues and
 * workers, and not which of the two carries them.
 */
import {
  createPostgresBackend,
  DelayedError,
  type Job,
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
import { QUEUES, type QueueName } from './job.ts';
import { delayMs, retryAfterMs } from './retry.ts';

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
  /** All of them or none. One whose id is known already is left alone. */
  addBulk(jobs: { name: string; data: object; opts: JobsOptions }[]): Promise<unknown>;
  /** Jobs that gave up, some of them. */
  listFailed(limit: number): Promise<FailedJob[]>;
  close(): Promise<void>;
}

export interface FailedJob {
  readonly id: string;
  readonly job: string;
  readonly payload: Readonly<Record<string, string>>;
  readonly attempts: number;
  readonly reason: string;
  readonly askedAt: Date;
  readonly failedAt: Date;
  /** Takes it out of the queue. Does nothing when it is gone. */
  remove(): Promise<void>;
}

export interface JobWorker {
  close(): Promise<void>;
}

export interface Work {
  readonly run: (job: { name: string; data: unknown }) => Promise<void>;
  readonly onGaveUp: () => void;
}

export interface Queues {
  openQueue(name: QueueName): JobQueue;
  /** @param work.onGaveUp hints that a job has failed for the last time; a hint can be lost */
  openWorker(name: QueueName, work: Work): JobWorker;
  /** After every queue and worker has been closed. */
  close(): Promise<void>;
}

/** BullMQ's own default schema: a pool that is handed over cannot name another. */
const SCHEMA = 'bullmq';
/** Each worker keeps one connection for LISTEN. */
const POOL_CONNECTIONS_MAX = 12;
const STALLED_CHECK_MS = 15_000;
const LOCK_MS = 30_000;
/** How often a job may lose its process before it counts as what ends processes. */
const STALLED_TIMES_MAX = 10;

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

function workerOptions(name: QueueName) {
  const { concurrency, startedPerSecondMax } = QUEUES[name];
  return {
    concurrency,
    limiter: { max: startedPerSecondMax, duration: 1_000 },
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: STALLED_TIMES_MAX,
    settings: {
      backoffStrategy: (attempts: number, _type?: string, error?: Error) =>
        retryAfterMs({ attempts, error, random: Math.random() }),
    },
  };
}

/** Jobs that are asked to slow down are put back, with their attempts. */
function puttingBack(run: Work['run']) {
  return async (job: Job, token?: string): Promise<void> => {
    try {
      await run(job);
    } catch (error) {
      const waitMs = delayMs({ error, random: Math.random() });
      if (waitMs === null) throw error;
      await job.moveToDelayed(Date.now() + waitMs, token);
      throw new DelayedError();
    }
  };
}

/** BullMQ emits it for every failed attempt; after the last one the job has its final time. */
function hasGivenUp(job: Pick<Job, 'finishedOn'> | undefined): boolean {
  return job === undefined || job.finishedOn != null;
}

function failedJob(job: Job): FailedJob {
  return {
    id: job.id ?? '',
    job: job.name,
    payload: job.data,
    attempts: job.attemptsMade,
    reason: job.failedReason,
    askedAt: new Date(job.timestamp),
    failedAt: new Date(job.finishedOn ?? job.timestamp),
    remove: async () => {
      await job.remove();
    },
  };
}

function jobQueue(queue: {
  addBulk: JobQueue['addBulk'];
  getFailed(start: number, end: number): Promise<Job[]>;
  close(): Promise<void>;
}): JobQueue {
  return {
    addBulk: (jobs) => queue.addBulk(jobs),
    listFailed: async (limit) => (await queue.getFailed(0, limit - 1)).map(failedJob),
    close: () => queue.close(),
  };
}

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
      return jobQueue(queue);
    },
    openWorker: (name, { run, onGaveUp }) => {
      const connection = connect('worker');
      const worker = new Worker(name, puttingBack(run), { ...workerOptions(name), connection, prefix });
      worker.on('error', onError);
      worker.on('failed', (job) => hasGivenUp(job) && onGaveUp());
      // With its Redis away it would wait for it, and connect again and again, without end.
      return { close: () => worker.close(connection.status !== 'ready') };
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
      return jobQueue(queue);
    },
    openWorker: (name, { run, onGaveUp }) => {
      const worker = new classes.Worker(name, puttingBack(run), { ...workerOptions(name), connection });
      worker.on('error', onError);
      worker.on('failed', (job) => hasGivenUp(job) && onGaveUp());
      return worker;
    },
    close: () => pool.end(),
  };
}
