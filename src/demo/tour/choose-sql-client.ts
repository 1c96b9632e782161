import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { childEnvironment } from '../../client-environment.ts';
import { libraryClient } from './library-client.ts';
import { psqlClient } from './psql-client.ts';
import type { SqlClient } from './sql-client.ts';

const INSTALL_TIMEOUT_MS = 90_000;

/** `psql` where it is; installed where that is ours to do (root on Debian); else the client library. */
export function chooseSqlClient(): SqlClient {
  const found = psqlVersion();
  if (found !== null) return psqlClient(found);
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    installPsql();
    const installed = psqlVersion();
    if (installed !== null) return psqlClient(`${installed}, installed for the tour`);
  }
  return libraryClient('the client library pg, since psql is not installed here');
}

function psqlVersion(): string | null {
  const { status, stdout } = spawnSync('psql', ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

function installPsql(): void {
  const options = {
    stdio: 'ignore' as const,
    timeout: INSTALL_TIMEOUT_MS,
    env: childEnvironment({ DEBIAN_FRONTEND: 'noninteractive' }),
  };
  spawnSync('apt-get', ['update', '-qq'], options);
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'postgresql-client'], options);
}
