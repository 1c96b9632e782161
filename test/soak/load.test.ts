/** Many connections at once, most of them idle, some busy and a few difficult; and a gigabyte in bounded memory. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { type Deployment, useDeployment } from '../e2e/server/deployment.ts';
import type { Connection } from '../integration/broker/broker-harness.ts';
import { peakMemoryBytes } from './bulk/process-memory.ts';
import { copyOut } from './bulk/psql-copy.ts';
import { streamRows } from './bulk/stream-rows.ts';
import { printFigures } from './figures.ts';
import { connectClient, grantedConnection } from './granted-connection.ts';
import { drip, hugeInsert, readNothing } from './load/difficult-clients.ts';

const IDLE = 500;
const BUSY = 50;
/** How many log in at the same time. */
const LOGINS_AT_ONCE = 10;
const PHASE_MS = 10_000;
/** A busy client thinks between two statements, so that the machine is loaded and not overrun. */
const THINK_MS = 100;
const HUGE_INSERTS = 4;
/** What the others may notice of it all, beyond twice what they had without. */
const NOTICED_MS_MAX = 150;
const STREAMED_ROWS = 1_000_000;
const ROW_BYTES = 1_000;
const MEMORY_BYTES_MAX = 400 * 1_048_576;

interface Latency {
  readonly statements: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly longestMs: number;
}

describe('five hundred idle and fifty busy connections', () => {
  const deployment = useDeployment();
  const clients: pg.Client[] = [];
  const figures: Record<string, number> = {};
  let url: string;
  let quiet: Latency;

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()));
    printFigures('load', figures);
  });

  it('are let in', async () => {
    await allowLoad(deployment.current);
    await deployment.current.shop.query(`
      create table huge (id bigint, content text, amount integer);
      grant insert on huge to app_rw`);
    url = await grantedConnection(deployment.current);
    const startedAtMs = performance.now();
    while (clients.length < IDLE + BUSY) {
      const batch = Array.from({ length: LOGINS_AT_ONCE }, () => connectClient(url));
      clients.push(...(await Promise.all(batch)));
    }
    figures['loginsPerSecond'] = round((1_000 * clients.length) / (performance.now() - startedAtMs));
    expect(clients).toHaveLength(IDLE + BUSY);
  });

  it('are served', async () => {
    quiet = await keepBusy(clients.slice(0, BUSY));
    figures['quietMedianMs'] = quiet.medianMs;
    figures['quietP99Ms'] = quiet.p99Ms;
    expect(quiet.statements).toBeGreaterThan(BUSY);
  });

  it('do not notice one that reads nothing and one that sends a byte a second', async () => {
    const connection = rawConnection(url);
    const ends = [await readNothing(connection), await drip(connection)];
    try {
      expectUnaffected('slow', await keepBusy(clients.slice(0, BUSY)));
    } finally {
      for (const end of ends) end();
    }
  });

  it('do not notice an INSERT of six megabytes', async () => {
    const [inserter] = clients.slice(BUSY);
    if (inserter === undefined) throw new Error('There are more clients than busy ones.');
    const text = hugeInsert('huge');
    const inserting = (async () => {
      for (let insert = 0; insert < HUGE_INSERTS; insert += 1) {
        const { rowCount } = await inserter.query(text);
        expect(rowCount).toBeGreaterThan(100_000);
        await sleep(THINK_MS);
      }
    })();
    const [latency] = await Promise.all([keepBusy(clients.slice(0, BUSY)), inserting]);
    expectUnaffected('insert', latency);
  });

  function expectUnaffected(name: string, latency: Latency): void {
    figures[`${name}MedianMs`] = latency.medianMs;
    figures[`${name}P99Ms`] = latency.p99Ms;
    figures[`${name}LongestMs`] = latency.longestMs;
    expect(latency.statements).toBeGreaterThan(quiet.statements / 2);
    expect(latency.p99Ms).toBeLessThan(2 * quiet.p99Ms + NOTICED_MS_MAX);
  }
});

describe('a gigabyte each way of reading', () => {
  const deployment = useDeployment();
  const figures: Record<string, number> = {};
  afterAll(() => printFigures('gigabyte', figures));

  it('streams in bounded memory', async () => {
    await allowLoad(deployment.current);
    const url = await grantedConnection(deployment.current);
    const content = `repeat('x', ${ROW_BYTES})`;
    const copied = await copyOut({
      url,
      statement: `COPY (SELECT ${content} FROM generate_series(1, ${STREAMED_ROWS})) TO STDOUT`,
    });
    expect(copied.bytes).toBe(STREAMED_ROWS * (ROW_BYTES + 1));
    figures['copiedPeakMegabytes'] = megabytes(deployment.current);
    const client = await connectClient(url);
    let bytes = 0;
    const rows = await streamRows<{ content: string }>(
      client,
      `SELECT ${content} AS content FROM generate_series(1, ${STREAMED_ROWS})`,
      (row) => {
        bytes += row.content.length;
      },
    );
    await client.end();
    expect({ rows, bytes }).toEqual({ rows: STREAMED_ROWS, bytes: STREAMED_ROWS * ROW_BYTES });
    figures['peakMegabytes'] = megabytes(deployment.current);
    expect(peakMemoryBytes(deployment.current.server.pid)).toBeLessThan(MEMORY_BYTES_MAX);
  });
});

function megabytes({ server }: Deployment): number {
  return Math.round(peakMemoryBytes(server.pid) / 1_048_576);
}

function rawConnection(url: string): Connection {
  const { username, password, port, pathname } = new URL(url);
  const connection = { username, password, port: Number(port), database: pathname.slice(1), url };
  return connection as Connection;
}

/** The clients ask again and again for a while. @returns how long the answers took */
async function keepBusy(clients: readonly pg.Client[]): Promise<Latency> {
  const waits: number[] = [];
  const endsAtMs = performance.now() + PHASE_MS;
  await Promise.all(
    clients.map(async (client, index) => {
      await sleep((THINK_MS * index) / clients.length);
      while (performance.now() < endsAtMs) {
        const askedAtMs = performance.now();
        await client.query('SELECT item, total FROM orders WHERE customer_id = $1', [index + 1]);
        waits.push(performance.now() - askedAtMs);
        await sleep(THINK_MS);
      }
    }),
  );
  const sorted = waits.toSorted((left, right) => left - right);
  const at = (share: number): number => round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  return { statements: waits.length, medianMs: at(0.5), p99Ms: at(0.99), longestMs: at(1) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The sample policy is for a few people; this is for a crowd, with copies and large statements. */
async function allowLoad({ directory, server, restart }: Deployment): Promise<void> {
  await server.stop();
  const policy = parseDocument(readFileSync(directory.configFile, 'utf8'));
  policy.addIn(['resources', 0, 'roles', 'write', 'allow'], 'copy-out');
  policy.setIn(['resources', 0, 'sessionsMax'], 1_000);
  policy.setIn(['broker', 'connectionsMax'], 4 * (IDLE + BUSY));
  policy.setIn(['broker', 'statementBytesMax'], 8 * 1_048_576);
  writeFileSync(directory.configFile, policy.toString());
  await restart();
}
