/**
 * Sees to it that the programs the tests run are there. As root on Debian the missing ones are
 * installed; elsewhere the command that does it is printed, and the tests that need them fail with
 * their own message. In CI a missing program is a failure.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What must be there, how that is found out, and the Debian package it comes from. Programs are run, not
 * only looked for: Debian's wrappers of PostgreSQL's programs are there before the programs are, and a
 * Java without a compiler cannot run a source file.
 */
const NEEDS = [
  { what: 'psql', package: 'postgresql-client', isThere: () => runs('psql', ['--version']) },
  { what: 'pg_dump', package: 'postgresql-client', isThere: () => runs('pg_dump', ['--version']) },
  { what: 'pgbench', package: 'postgresql', isThere: () => runs('pgbench', ['--version']) },
  { what: "Debian's PostgreSQL server", package: 'postgresql', isThere: hasPostgresServer },
  { what: 'pgbouncer', package: 'pgbouncer', isThere: () => runs('pgbouncer', ['--version']) },
  {
    what: 'the PostgreSQL JDBC driver',
    package: 'libpostgresql-jdbc-java',
    isThere: () => existsSync('/usr/share/java/postgresql.jar'),
  },
  { what: 'a JDK', package: 'default-jdk-headless', isThere: () => runs('javac', ['--version']) },
  {
    what: 'psycopg2',
    package: 'python3-psycopg2',
    isThere: () => runs('/usr/bin/python3', ['-c', 'import psycopg2']),
  },
  { what: 'redis-server', package: 'redis-server', isThere: () => runs('redis-server', ['--version']) },
  { what: 'rsyslogd', package: 'rsyslog', isThere: () => isOnPath('rsyslogd') },
  {
    what: "rsyslog's TLS",
    package: 'rsyslog-gnutls',
    isThere: () => runs('/bin/sh', ['-c', '[ -e /usr/lib/*/rsyslog/lmnsd_gtls.so ]']),
  },
  { what: "OpenSSH's server", package: 'openssh-server', isThere: () => isOnPath('sshd') },
  { what: "OpenSSH's clients", package: 'openssh-client', isThere: () => runs('ssh', ['-V']) },
  {
    what: 'nss_wrapper',
    package: 'libnss-wrapper',
    // A library that is preloaded and missing is complained about, and no more.
    isThere: () => runs('/bin/sh', ['-c', '[ -z "$(LD_PRELOAD=libnss_wrapper.so /bin/true 2>&1)" ]']),
  },
  { what: 'xauth', package: 'xauth', isThere: () => runs('xauth', ['-V']) },
  { what: 'xdpyinfo', package: 'x11-utils', isThere: () => runs('xdpyinfo', ['-version']) },
  { what: 'plink', package: 'putty-tools', isThere: () => runs('plink', ['-V']) },
  { what: 'rsync', package: 'rsync', isThere: () => runs('rsync', ['--version']) },
  { what: 'git', package: 'git', isThere: () => runs('git', ['--version']) },
  { what: 'Ansible', package: 'ansible-core', isThere: () => runs('ansible', ['--version']) },
  {
    what: 'Python with venv',
    package: 'python3-venv',
    isThere: () => runs('python3', ['-c', 'import ensurepip, venv']),
  },
  {
    what: 'chromium-headless-shell or chromium',
    package: 'chromium-headless-shell',
    isThere: () => isOnPath('chromium-headless-shell'),
    // Draws the same and takes twice the processor time.
    isReplaced: () => isOnPath('chromium'),
  },
];
/** A server that speaks S3: no package of Debian is one that is small and has locks and versions. */
const MOTO = fileURLToPath(new URL('../node_modules/.cache/moto', import.meta.url));
const MOTO_PACKAGES = ['moto==5.2.5', 'flask', 'flask-cors', 'PyYAML', 'py-partiql-parser'];
const INSTALL_TIMEOUT_MS = 600_000;
const PROBE_TIMEOUT_MS = 30_000;
const POSTGRES_DIRECTORY = '/usr/lib/postgresql';
/** Some of the programs are for administrators only, whose PATH has these. */
const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;

const isExecutable = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
const isOnPath = (program) =>
  PATH.split(delimiter).some((directory) => isExecutable(join(directory, program)));

function runs(program, args) {
  const options = { stdio: 'ignore', timeout: PROBE_TIMEOUT_MS, env: { ...process.env, PATH } };
  return spawnSync(program, args, options).status === 0;
}

/** Debian keeps the server's own programs in a directory for each version, off the PATH. */
function hasPostgresServer() {
  if (!existsSync(POSTGRES_DIRECTORY)) return false;
  return readdirSync(POSTGRES_DIRECTORY).some((version) =>
    isExecutable(join(POSTGRES_DIRECTORY, version, 'bin', 'postgres')),
  );
}

const findMissing = () => NEEDS.filter(({ isThere }) => !isThere());

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

const packagesOf = (missing) => [...new Set(missing.map((entry) => entry.package))];
const missing = findMissing();
if (missing.length > 0) {
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) install(packagesOf(missing));
  const stillMissing = findMissing().filter(({ isReplaced }) => !isReplaced?.());
  if (stillMissing.length > 0) {
    console.error(
      `Some tests need ${stillMissing.map((entry) => entry.what).join(', ')}. On Debian or Ubuntu:\n` +
        `  sudo apt-get install ${packagesOf(stillMissing).join(' ')}`,
    );
    if (process.env.CI) process.exit(1);
  }
}

function installMoto() {
  if (existsSync(join(MOTO, 'complete'))) return true;
  const options = { stdio: 'ignore', timeout: INSTALL_TIMEOUT_MS };
  const python = join(MOTO, 'bin', 'python');
  const steps = [
    ['python3', ['-m', 'venv', '--clear', MOTO]],
    [python, ['-m', 'pip', 'install', '--quiet', '--no-compile', ...MOTO_PACKAGES]],
  ];
  if (!steps.every(([program, args]) => spawnSync(program, args, options).status === 0)) return false;
  writeFileSync(join(MOTO, 'complete'), '');
  return true;
}

if (!installMoto()) {
  console.error(
    `Tests of object storage need Python's package moto, which could not be installed into ${MOTO}.`,
  );
  if (process.env.CI) process.exit(1);
}
