/**
 * PostgreSQL through the broker, rules and recording on: small statements under load, large results, the time
 * to connect and what is added to a statement, beside a direct connection and pgbouncer in session pooling.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { runPgbench } from './pgbench.ts';
import { measureCosts } from './postgres-costs.ts';
import { type BenchRoute, type BenchSetup, PEOPLE, startBenchBroker } from './postgres-setup.ts';
import { type BenchReport, type Measurement, measure, quantile, ROUTES, type Route } from './report.ts';

const ROUNDS = 3;
const SECONDS = 4;
/** Of each client, on every route, before the first round: a broker that has just started is not optimised yet. */
const WARM_UP_TRANSACTIONS = 4_000;
const CONNECTS = 20;

const run = promisify(execFile);

export async function benchPostgres(): Promise<BenchReport> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  try {
    const setup = await startBenchBroker(directory);
    try {
      await warmUp(setup);
      const results = await measure({ rounds: ROUNDS, measurements: measurementsOf(setup, directory) });
      return { bench: 'postgres', rounds: ROUNDS, results, costs: await measureCosts(setup, directory) };
    } finally {
      await setup.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function routeOf(setup: BenchSetup, route: Route): BenchRoute {
  return route === 'pgbouncer' ? (setup.pgbouncer?.route ?? setup.direct) : setup[route];
}

function measuredRoutes(setup: BenchSetup): readonly Route[] {
  return ROUTES.filter((route) => route !== 'pgbouncer' || setup.pgbouncer !== null);
}

async function warmUp(setup: BenchSetup): Promise<void> {
  process.stderr.write('warm-up\n');
  const warm = ['-c', '8', '-j', '2', '-t', String(WARM_UP_TRANSACTIONS)];
  for (const route of measuredRoutes(setup))
    for (const protocol of ['simple', 'prepared'])
      await runPgbench(routeOf(setup, route), [...warm, '-M', protocol]);
}

function measurementsOf(setup: BenchSetup, directory: string): Measurement[] {
  const withBareRelay = measuredRoutes(setup);
  const all = withBareRelay.filter((route) => route !== 'bareRelay');
  const statements = (protocol: 'simple' | 'prepared', clients: number): Measurement => ({
    name: `pgbench -S, ${protocol}, ${clients} client${clients === 1 ? '' : 's'}`,
    unit: 'per second',
    moreIsBetter: true,
    routes: withBareRelay,
    run: (route) => transactionsPerSecond(routeOf(setup, route), { protocol, clients }),
  });
  const rows = (masked: boolean): Measurement => ({
    name: `${PEOPLE / 1_000_000} million rows${masked ? ', one column masked' : ''}`,
    unit: 'rows per second',
    moreIsBetter: true,
    routes: masked ? ['direct', 'sallyport'] : all,
    run: (route) => rowsPerSecond(masked && route === 'sallyport' ? setup.masked : routeOf(setup, route)),
  });
  return [
    statements('simple', 8),
    statements('prepared', 8),
    statements('simple', 1),
    statements('prepared', 1),
    rows(false),
    rows(true),
    {
      name: 'latency of a statement, 99th percentile',
      unit: 'ms',
      moreIsBetter: false,
      routes: all,
      run: (route) => latencyMs(routeOf(setup, route), directory),
    },
    {
      name: 'connect and log in',
      unit: 'ms',
      moreIsBetter: false,
      routes: all,
      run: (route) => connectMs(routeOf(setup, route)),
    },
  ];
}

async function transactionsPerSecond(
  route: BenchRoute,
  options: { protocol: string; clients: number },
): Promise<number> {
  const { protocol, clients } = options;
  const threads = String(Math.min(clients, 2));
  const args = ['-M', protocol, '-c', String(clients), '-j', threads, '-T', String(SECONDS)];
  return (await runPgbench(route, args)).perSecond;
}

/** From the log of every single transaction that pgbench writes; one client, so that nothing queues. */
async function latencyMs(route: BenchRoute, directory: string): Promise<number> {
  const logs = await mkdtemp(join(directory, 'latency-'));
  await runPgbench(route, ['-c', '1', '-T', '2', '-l', '--log-prefix', join(logs, 'log')]);
  const [name = ''] = await readdir(logs);
  const lines = (await readFile(join(logs, name), 'utf8')).trim().split('\n');
  return quantile(
    lines.map((line) => Number(line.split(' ')[2]) / 1_000),
    0.99,
  );
}

async function rowsPerSecond(route: BenchRoute): Promise<number> {
  const startedAtMs = performance.now();
  await run(
    'psql',
    [
      '--no-psqlrc',
      '-At',
      '-o',
      '/dev/null',
      '-c',
      'select id, name, email, team from people',
      '-h',
      '127.0.0.1',
      '-p',
      String(route.port),
      '-U',
      route.user,
      route.database,
    ],
    { env: { PATH: process.env['PATH'], PGPASSWORD: route.password, PGSSLMODE: 'disable' } },
  );
  return (PEOPLE * 1_000) / (performance.now() - startedAtMs);
}

async function connectMs(route: BenchRoute): Promise<number> {
  const startedAtMs = performance.now();
  for (let count = 0; count < CONNECTS; count += 1) {
    const client = new Client({ host: '127.0.0.1', ...route });
    await client.connect();
    await client.end();
  }
  return (performance.now() - startedAtMs) / CONNECTS;
}
