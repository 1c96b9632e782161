/**
 * Sees to it that the programs the tests run are there. As root on Debian the missing ones are
 * installed; elsewhere the command that does it is printed, and the tests that need them fail with
 * their own message. In CI a missing program is a failure.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Program that must be on PATH -> the Debian package it comes from. */
const PROGRAMS = [
  { program: 'psql', package: 'postgresql-client' },
  { program: 'redis-server', package: 'redis-server' },
  { program: 'chromium', package: 'chromium' },
];
const INSTALL_TIMEOUT_MS = 300_000;

const isOnPath = (program) =>
  (process.env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
const findMissing = () => PROGRAMS.filter(({ program }) => !isOnPath(program));

function install(packages) {
  const options = {
    encoding: 'utf8',
    timeout: INSTALL_TIMEOUT_MS,
    env: {
      ...process.env,
      DEBIAN_FRONTEND: 'noninteractive',
      // Debian starts the services it installs; the tests start their own.
      RUNLEVEL: '1',
    },
  };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...packages],
  ]) {
    const result = spawnSync('apt-get', args, options);
    if (result.status !== 0) {
      console.error(`apt-get ${args.join(' ')} failed:\n${result.stderr || result.error}`);
      return;
    }
  }
}

const packagesOf = (missing) => missing.map((entry) => entry.package);
const missing = findMissing();
if (missing.length > 0) {
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) install(packagesOf(missing));
  const stillMissing = findMissing();
  if (stillMissing.length > 0) {
    console.error(
      `Some tests need ${stillMissing.map((entry) => entry.program).join(', ')}. On Debian or Ubuntu:\n` +
        `  sudo apt-get install ${packagesOf(stillMissing).join(' ')}`,
    );
    if (process.env.CI) process.exit(1);
  }
}
