/**
 * The supervisor's own connection to its cluster. It proves that the server on a port is ours (SCRAM
 * proves both sides, and the server names its data directory), holds a lock so that one Sallyport at
 * a time owns the cluster, and its end is how the death of the server is noticed. When the owner is
 * killed the kernel closes the connection and the lock is free.
 */
import { Client } from 'pg';
import { AppError, messageOf } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { ClusterDirectory } from './cluster-directory.ts';
import { SUPERUSER } from './initialise.ts';

export interface OwnerSession {
  /** Resolves when the connection is gone, whoever closed it. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** Any constant will do: only supervisors take it, and only in the database `postgres`. */
const OWNER_LOCK = 5_811_704;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * @throws AppError `conflict` when another Sallyport owns the cluster, `unavailable` when the login
 *   fails or another cluster answers
 */
export async function openOwnerSession(options: {
  directory: ClusterDirectory;
  port: number;
  password: Secret<string>;
}): Promise<OwnerSession> {
  const { directory, port } = options;
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: SUPERUSER,
    password: options.password.reveal(),
    database: 'postgres',
    application_name: 'sallyport supervisor',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
  // An error on an idle connection is followed by `end`, which is what the supervisor waits for.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await checkOwnership(client, directory);
  } catch (error) {
    await client.end().catch(() => undefined);
    if (error instanceof AppError) throw error;
    throw new AppError(
      'unavailable',
      `The PostgreSQL on port ${port} refused the login: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
  return { ended, close: () => client.end() };
}

async function checkOwnership(client: Client, directory: ClusterDirectory): Promise<void> {
  const { rows } = await client.query<{ data: string; owned: boolean }>(
    `select current_setting('data_directory') as data, pg_try_advisory_lock($1) as owned`,
    [OWNER_LOCK],
  );
  const answer = rows[0];
  if (answer?.data !== directory.data) {
    throw new AppError('unavailable', `Another cluster answers where ${directory.data} was expected.`);
  }
  if (!answer.owned) {
    throw new AppError(
      'conflict',
      `Another Sallyport is running on ${directory.root}. Stop it first, or start this one in another directory.`,
    );
  }
}
