/** PostgreSQL through the broker: small statements under load, large results, and the time to connect. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { type BenchRoute, startBenchBroker } from './postgres-setup.ts';
import { type BenchReport, measure } from './report.ts';

const ROUNDS = 5;
const CLIENTS = 8;
const SECONDS = 4;
const LARGE_ROWS = 200_000;
const CONNECTS = 20;

const run = promisify(execFile);

export async function benchPostgres(): Promise<BenchReport> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  const setup = await startBenchBroker(directory);
  const script = join(directory, 'select.sql');
  await writeFile(script, '\\set id random(1, 2000)\nselect name, city from customers where id = :id;\n');
  const pgbench = (protocol: string) => (route: 'direct' | 'sallyport') =>
    transactionsPerSecond(setup.routes[route], { protocol, script });
  try {
    return await measure({
      bench: 'postgres',
      rounds: ROUNDS,
      measurements: [
        {
          name: `select by key, simple, ${CLIENTS} clients`,
          unit: 'per second',
          moreIsBetter: true,
          run: pgbench('simple'),
        },
        {
          name: `select by key, prepared, ${CLIENTS} clients`,
          unit: 'per second',
          moreIsBetter: true,
          run: pgbench('prepared'),
        },
        {
          name: `result of ${LARGE_ROWS} rows`,
          unit: 'rows per second',
          moreIsBetter: true,
          run: (route) => rowsPerSecond(setup.routes[route]),
        },
        {
          name: 'connect and log in',
          unit: 'ms',
          moreIsBetter: false,
          run: (route) => connectMs(setup.routes[route]),
        },
      ],
    });
  } finally {
    await setup.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function transactionsPerSecond(
  route: BenchRoute,
  options: { protocol: string; script: string },
): Promise<number> {
  const { stdout } = await run(
    'pgbench',
    [
      '-n',
      '-M',
      options.protocol,
      '-c',
      String(CLIENTS),
      '-j',
      '2',
      '-T',
      String(SECONDS),
      '-f',
      options.script,
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
  const tps = Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
  if (!Number.isFinite(tps)) throw new Error(`pgbench gave no result:\n${stdout}`);
  return tps;
}

async function rowsPerSecond(route: BenchRoute): Promise<number> {
  const startedAtMs = performance.now();
  const query = `select id, 'some text of a usual length', id * 2 from generate_series(1, ${LARGE_ROWS}) as series (id)`;
  const url = `postgresql://${route.user}:${route.password}@127.0.0.1:${route.port}/${route.database}?sslmode=disable`;
  await run('psql', ['--no-psqlrc', '-At', '-o', '/dev/null', '-c', query, url], {
    env: { PATH: process.env['PATH'] },
  });
  return (LARGE_ROWS * 1_000) / (performance.now() - startedAtMs);
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
