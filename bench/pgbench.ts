/** Runs pgbench's own read-only script over one route. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { BenchRoute } from './postgres-setup.ts';

const run = promisify(execFile);

/** @param args besides the route: protocol, clients, time */
export async function runPgbench(
  route: BenchRoute,
  args: readonly string[],
): Promise<{ readonly perSecond: number; readonly transactions: number }> {
  const { stdout } = await run(
    'pgbench',
    ['-n', '-S', ...args, '-h', '127.0.0.1', '-p', String(route.port), '-U', route.user, route.database],
    { env: { PATH: process.env['PATH'], PGPASSWORD: route.password, PGSSLMODE: 'disable' } },
  );
  const perSecond = Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
  const transactions = Number(/actually processed: (\d+)/.exec(stdout)?.[1]);
  if (!Number.isFinite(perSecond)) throw new Error(`pgbench gave no result:\n${stdout}`);
  return { perSecond, transactions };
}
