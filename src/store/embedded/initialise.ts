/** Makes the cluster's data with initdb. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { PostgresBinaries } from './binaries.ts';
import type { ClusterDirectory } from './cluster-directory.ts';
import { giveTo, launchAs, type Privileges } from './privileges.ts';

export const SUPERUSER = 'sallyport';

const UNFINISHED = 'data.unfinished-';
const INITDB_TIMEOUT_MS = 120_000;
const OUTPUT_CHARACTERS_MAX = 4_000;

/**
 * Does nothing where data exists. The data is made under another name and then renamed, so that a
 * crash in between leaves no half-made cluster behind.
 * @param options.durable false leaves out the final sync, for clusters that are thrown away
 * @throws AppError `unavailable` with what initdb said
 */
export async function initialiseCluster(options: {
  directory: ClusterDirectory;
  binaries: PostgresBinaries;
  privileges: Privileges;
  durable: boolean;
}): Promise<void> {
  const { directory, binaries, privileges } = options;
  if (existsSync(directory.data)) return;
  removeUnfinished(directory);
  giveTo(privileges, directory.root);
  const unfinished = join(directory.root, `${UNFINISHED}${randomBytes(4).toString('hex')}`);
  const launch = launchAs(privileges, binaries.initdb, [
    `--pgdata=${unfinished}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${directory.passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The built-in provider needs no locale of the operating system and sorts the same everywhere.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(options.durable ? [] : ['--no-sync']),
  ]);
  const { code, output } = await runToEnd(launch, directory.root);
  if (code !== 0) {
    rmSync(unfinished, { recursive: true, force: true });
    throw new AppError('unavailable', `initdb could not make ${directory.data}: ${output.trim()}`);
  }
  renameSync(unfinished, directory.data);
}

function removeUnfinished(directory: ClusterDirectory): void {
  for (const name of readdirSync(directory.root)) {
    if (name.startsWith(UNFINISHED)) rmSync(join(directory.root, name), { recursive: true, force: true });
  }
}

function runToEnd(
  launch: ReturnType<typeof launchAs>,
  cwd: string,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(launch.program, launch.arguments, {
      ...(launch.uid === undefined ? {} : { uid: launch.uid }),
      ...(launch.gid === undefined ? {} : { gid: launch.gid }),
      cwd,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', TZ: 'UTC' },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: INITDB_TIMEOUT_MS,
    });
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_CHARACTERS_MAX);
    });
    child.once('error', (error) => resolve({ code: null, output: error.message }));
    child.once('close', (code) => resolve({ code, output }));
  });
}
