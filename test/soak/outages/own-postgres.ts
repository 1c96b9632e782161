/** A PostgreSQL for one deployment alone, so that it can be stopped and started again under its servers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../../src/core/secret.ts';
import { findPostgresBinaries } from '../../../src/store/embedded/binaries.ts';
import { openClusterDirectory } from '../../../src/store/embedded/cluster-directory.ts';
import { startServer, stopServer } from '../../../src/store/embedded/postmaster.ts';
import { choosePrivileges } from '../../../src/store/embedded/privileges.ts';
import { startEmbeddedPostgres } from '../../../src/store/embedded/supervisor.ts';
import { withAdministrator } from '../../support/administrator.ts';
import type { TestDatabase } from '../../support/database.ts';

export interface OwnPostgres {
  /** `drop` ends the server and removes its files. */
  readonly database: TestDatabase;
  /** Ends every connection and the server. */
  stop(): Promise<void>;
  /** On the same port again. */
  start(): Promise<void>;
}

const NAME = 'sallyport';

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const path = await mkdtemp(join(tmpdir(), 'sallyport-own-postgres-'));
  const first = await startEmbeddedPostgres({ directory: path });
  await withAdministrator(first.url('postgres'), (client) => client.query(`create database ${NAME}`));
  const url = new Secret(first.url(NAME));
  const { port } = first;
  // From here on nobody looks after it: it is down when it is stopped.
  await first.stop();
  const binaries = await findPostgresBinaries();
  const directory = openClusterDirectory(path);
  const privileges = choosePrivileges({ directory: directory.root, program: binaries.postgres });
  let pid: number | null = null;
  const start = async (): Promise<void> => {
    pid = await startServer({ directory, binaries, privileges, settings: {}, port });
  };
  const stop = async (): Promise<void> => {
    if (pid !== null) await stopServer(pid);
    pid = null;
  };
  await start();
  return {
    stop,
    start,
    database: {
      name: NAME,
      host: '127.0.0.1',
      port,
      url,
      drop: async () => {
        await stop();
        await rm(path, { recursive: true, force: true });
      },
    },
  };
}
