/**
 * The embedded PostgreSQL: a real server on the loopback address, started when no `DATABASE_URL` is
 * given. It is made on the first start, restarted when it dies, adopted when its owner was killed, and
 * stopped with its owner. It hooks no signals: the composition root decides when to stop.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, messageOf } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import { findPostgresBinaries } from './binaries.ts';
import {
  boundLog,
  type ClusterDirectory,
  openClusterDirectory,
  openPassword,
  readPostmaster,
} from './cluster-directory.ts';
import { findFreePort } from './free-port.ts';
import { initialiseCluster, SUPERUSER } from './initialise.ts';
import { type OwnerSession, openOwnerSession } from './owner-session.ts';
import { isServerOf, type ServerOptions, startServer, stopServer } from './postmaster.ts';
import { choosePrivileges } from './privileges.ts';

export interface EmbeddedPostgres {
  readonly port: number;
  readonly superuser: string;
  readonly password: Secret<string>;
  /** A connection string with the superuser's password: hand it on, never print it. */
  url(database: string): string;
  /** True when a server was found running whose owner had been killed. */
  readonly adopted: boolean;
  /** Ends every connection, writes the data out and waits until the process is gone. */
  stop(): Promise<void>;
}

/** What the supervisor did on its own. */
export type EmbeddedPostgresEvent =
  | { readonly kind: 'died' }
  | { readonly kind: 'restarted'; readonly attempts: number }
  | { readonly kind: 'restart-failed'; readonly attempts: number; readonly reason: string };

interface Running {
  readonly pid: number;
  readonly port: number;
  readonly session: OwnerSession;
}

const START_ATTEMPTS_MAX = 5;
const ADOPT_PATIENCE_MS = 60_000;
const ADOPT_POLL_MS = 50;
const RESTART_FIRST_MS = 100;
const RESTART_LONGEST_MS = 10_000;
const LOG_CHECK_MS = 60_000;

/**
 * Starts or adopts the cluster in a directory and looks after it until `stop()`.
 *
 * @param options.directory made when missing; holds data, password and log
 * @param options.settings server settings over the defaults (`fsync: 'off'` for tests, say)
 * @param options.report called when the server died and was restarted
 * @throws AppError `unavailable` when it cannot run here, `conflict` when another Sallyport owns the
 *   directory, `config_invalid` when the password of existing data is missing
 */
export async function startEmbeddedPostgres(options: {
  directory: string;
  settings?: Readonly<Record<string, string>>;
  report?: (event: EmbeddedPostgresEvent) => void;
}): Promise<EmbeddedPostgres> {
  const settings = options.settings ?? {};
  const binaries = await findPostgresBinaries();
  const directory = openClusterDirectory(options.directory);
  const privileges = choosePrivileges({ directory: directory.root, program: binaries.postgres });
  const password = openPassword(directory);
  await initialiseCluster({ directory, binaries, privileges, durable: settings['fsync'] !== 'off' });

  const server: ServerOptions = { directory, binaries, privileges, settings };
  const found = await adoptServer(directory, password);
  const first = found ?? (await startOnFreePort(server, password));
  const supervision = supervise({ first, server, password, report: options.report ?? (() => undefined) });

  return {
    port: first.port,
    superuser: SUPERUSER,
    password,
    url: (database) =>
      `postgres://${SUPERUSER}:${password.reveal()}@127.0.0.1:${first.port}/${encodeURIComponent(database)}`,
    adopted: found !== null,
    stop: supervision.stop,
  };
}

/** The server that already runs on this data, or null when none does. */
async function adoptServer(directory: ClusterDirectory, password: Secret<string>): Promise<Running | null> {
  for (let waitedMs = 0; waitedMs < ADOPT_PATIENCE_MS; waitedMs += ADOPT_POLL_MS) {
    const postmaster = readPostmaster(directory);
    if (postmaster === null) return null;
    const { pid, port } = postmaster;
    if (!isServerOf(pid, directory)) {
      // PostgreSQL would refuse to start while an unrelated process has the number in this file.
      rmSync(join(directory.data, 'postmaster.pid'), { force: true });
      return null;
    }
    if (postmaster.status === 'ready')
      return { pid, port, session: await openOwnerSession({ directory, port, password }) };
    await sleep(ADOPT_POLL_MS);
  }
  throw new AppError(
    'unavailable',
    `A PostgreSQL runs on ${directory.data} but does not become ready. Stop it first.`,
  );
}

/** Another process can take the port between the search and the start, hence more than one attempt. */
async function startOnFreePort(server: ServerOptions, password: Secret<string>): Promise<Running> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    try {
      return await startOn(port, server, password);
    } catch (error) {
      const portTaken = messageOf(error).includes('could not bind');
      if (!portTaken || attempt === START_ATTEMPTS_MAX) throw error;
    }
  }
}

async function startOn(port: number, server: ServerOptions, password: Secret<string>): Promise<Running> {
  const pid = await startServer({ ...server, port });
  try {
    return { pid, port, session: await openOwnerSession({ directory: server.directory, port, password }) };
  } catch (error) {
    await stopServer(pid);
    throw error;
  }
}

function supervise(options: {
  first: Running;
  server: ServerOptions;
  password: Secret<string>;
  report: (event: EmbeddedPostgresEvent) => void;
}): { stop: () => Promise<void> } {
  const { server, password, report } = options;
  const stopping = new AbortController();
  let running = options.first;
  const logCheck = setInterval(() => boundLog(server.directory), LOG_CHECK_MS).unref();

  const restart = async (): Promise<void> => {
    report({ kind: 'died' });
    for (let attempts = 1; !stopping.signal.aborted; attempts += 1) {
      try {
        // After a crash of one backend the server itself lives on and only needs a moment.
        running =
          (await adoptServer(server.directory, password)) ?? (await startOn(running.port, server, password));
        report({ kind: 'restarted', attempts });
        return;
      } catch (error) {
        report({ kind: 'restart-failed', attempts, reason: messageOf(error) });
        const pauseMs = Math.min(RESTART_LONGEST_MS, RESTART_FIRST_MS * 2 ** Math.min(attempts, 10));
        await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  };
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      await Promise.race([running.session.ended, aborted(stopping.signal)]);
      if (!stopping.signal.aborted) await restart();
    }
  })();

  let stopped: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    stopping.abort();
    clearInterval(logCheck);
    await watching;
    await running.session.close().catch(() => undefined);
    if (isServerOf(running.pid, server.directory)) await stopServer(running.pid);
  };
  return {
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
