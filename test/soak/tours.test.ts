/** The tour again and again on one server: what leaks a little each time shows here. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Demo, startDemo } from '../../src/demo/start-demo.ts';
import { chooseSqlClient } from '../../src/demo/tour/choose-sql-client.ts';
import { askTarget } from '../../src/demo/tour/customers.ts';
import { runTour, type StepReport } from '../../src/demo/tour/run-tour.ts';
import { freePort } from '../support/free-port.ts';

const TOURS = Number(process.env['SOAK_TOURS'] ?? '100');
/** After these the caches are warm and the pools are open. */
const WARM_UP_TOURS = 5;
const MEMORY_GROWTH_BYTES_MAX = 100 * 1024 * 1024;

let directory: string;
let demo: Demo;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-soak-'));
  demo = await startDemo({ workingDirectory: directory, port: await freePort() });
});
afterAll(async () => {
  await demo.stop();
  await rm(directory, { recursive: true, force: true });
});

async function takeTour(): Promise<void> {
  const failed: StepReport[] = [];
  const of = {
    publicUrl: demo.url,
    target: demo.target,
    host: demo.host,
    sqlClient: chooseSqlClient(),
    directory,
  };
  await runTour(of, (line) => {
    if (!line.ok) failed.push(line);
  });
  expect(failed).toEqual([]);
}

/** What the server holds on to: memory, open files and sockets, connections to the target. */
async function measure() {
  globalThis.gc?.();
  const [[connections = ''] = []] = await askTarget(
    demo.target,
    "select count(*)::text from pg_stat_activity where usename in ('app_rw', 'app_ro', 'app_owner')",
  );
  return {
    heapBytes: process.memoryUsage().heapUsed,
    handles: process.getActiveResourcesInfo().length,
    connections,
  };
}

test(`${TOURS} tours in a row hold, and leave nothing behind`, async () => {
  for (let tour = 0; tour < WARM_UP_TOURS; tour += 1) await takeTour();
  const before = await measure();
  for (let tour = 0; tour < TOURS; tour += 1) await takeTour();
  const after = await measure();
  expect(after.connections).toBe('0');
  expect(after.handles - before.handles).toBeLessThan(10);
  expect(after.heapBytes - before.heapBytes).toBeLessThan(MEMORY_GROWTH_BYTES_MAX);
});
