/** Large results and large copies through the real server: complete, unchanged, and in bounded memory. */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { waitFor } from '../../src/demo/tour/wait-for.ts';
import { type Deployment, useDeployment } from '../e2e/server/deployment.ts';
import { peakMemoryBytes } from './bulk/process-memory.ts';
import { copyIn, copyOut } from './bulk/psql-copy.ts';
import { streamRows } from './bulk/stream-rows.ts';
import { printFigures } from './figures.ts';
import { connectClient, grantedConnection } from './granted-connection.ts';

const ROWS = 1_000_000;
const ID_SUM = (ROWS * (ROWS + 1)) / 2;
const COPIED_ROWS = 100_000;
const COPIED_ROW_BYTES = 1_000;
const MEMORY_BYTES_MAX = 400 * 1_048_576;
/** Between two statements of others while somebody does not read. */
const OTHERS_WAIT_MS_MAX = 1_500;
const STALL_MS = 4_000;
const COPY_OUT = 'COPY (SELECT id, content FROM bulk_content ORDER BY id) TO STDOUT';

describe('a million rows and a hundred megabytes', () => {
  const deployment = useDeployment();
  const figures: Record<string, number> = {};
  let url: string;
  let client: pg.Client;
  /** Of what was copied in, and must come out again. */
  let contentSha256: string;

  afterAll(async () => {
    await client?.end();
    printFigures('bulk', figures);
  });

  it('is let in by a policy that allows copies', async () => {
    const { current } = deployment;
    await current.shop.query(TABLES);
    await allowCopies(current);
    url = await grantedConnection(current);
    client = await connectClient(url);
  });

  it('streams a million rows with a masked column, every one of them masked', async () => {
    let idSum = 0;
    let unmasked = 0;
    const startedAtMs = performance.now();
    const rows = await streamRows<{ id: string; card_number: string }>(
      client,
      'SELECT id, card_number FROM archive.payments',
      ({ id, card_number }) => {
        idSum += Number(id);
        if (card_number !== `************${id.slice(-4).padStart(4, '0')}`) unmasked += 1;
      },
    );
    figures['maskedRowsPerSecond'] = perSecond(rows, startedAtMs);
    expect({ rows, idSum, unmasked }).toEqual({ rows: ROWS, idSum: ID_SUM, unmasked: 0 });
  });

  it('streams a million rows without one, unchanged', async () => {
    let idSum = 0;
    let changed = 0;
    const startedAtMs = performance.now();
    const rows = await streamRows<{ id: string; item: string }>(
      client,
      'SELECT id, item FROM archive.payments',
      ({ id, item }) => {
        idSum += Number(id);
        if (item !== `item ${id}`) changed += 1;
      },
    );
    figures['plainRowsPerSecond'] = perSecond(rows, startedAtMs);
    expect({ rows, idSum, changed }).toEqual({ rows: ROWS, idSum: ID_SUM, changed: 0 });
  });

  it('copies a hundred megabytes in, and the same out again', async () => {
    let startedAtMs = performance.now();
    const content = Readable.from(copyLines(), { objectMode: true });
    const sent = await copyIn({ url, statement: 'COPY bulk_content FROM STDIN', content });
    figures['copyInMegabytesPerSecond'] = perSecond(sent.bytes / 1_048_576, startedAtMs);
    const [stored] = await deployment.current.shop.query<{ rows: string; characters: string }>(
      'select count(*) as rows, sum(length(content)) as characters from bulk_content',
    );
    expect(stored).toEqual({
      rows: String(COPIED_ROWS),
      characters: String(COPIED_ROWS * COPIED_ROW_BYTES),
    });
    startedAtMs = performance.now();
    const received = await copyOut({ url, statement: COPY_OUT });
    figures['copyOutMegabytesPerSecond'] = perSecond(received.bytes / 1_048_576, startedAtMs);
    expect(received).toEqual(sent);
    contentSha256 = sent.sha256;
  });

  it('serves others while a client does not read, and then serves that client to the end', async () => {
    const { shop } = deployment.current;
    const { promise: stalled, resolve: stall } = Promise.withResolvers<ChildProcess>();
    const copied = copyOut({
      url,
      statement: COPY_OUT,
      onFirstBytes: (psql) => {
        psql.kill('SIGSTOP');
        stall(psql);
      },
    });
    const psql = await Promise.race([
      stalled,
      copied.then(() => Promise.reject(new Error('It was over at once.'))),
    ]);
    try {
      await waitFor('The target to be held back', async () => {
        const held = await shop.query(
          `select from pg_stat_activity where datname = $1 and wait_event = 'ClientWrite'`,
          [shop.name],
        );
        return held.length === 1 ? true : null;
      });
      const waits = await askWhile(client, STALL_MS);
      figures['statementsMeanwhile'] = waits.length;
      figures['longestWaitMs'] = Math.round(Math.max(...waits));
      expect(waits.length).toBeGreaterThan(10);
      expect(Math.max(...waits)).toBeLessThan(OTHERS_WAIT_MS_MAX);
      const another = await connectClient(url);
      await another.end();
    } finally {
      psql.kill('SIGCONT');
    }
    expect((await copied).sha256).toBe(contentSha256);
  });

  it('has never held more memory than it may', () => {
    const bytes = peakMemoryBytes(deployment.current.server.pid);
    figures['peakMegabytes'] = Math.round(bytes / 1_048_576);
    expect(bytes).toBeLessThan(MEMORY_BYTES_MAX);
  });
});

/** The card number is masked by the sample policy's "*.payments.card_number". */
const TABLES = `
  create schema archive;
  create table archive.payments as
    select id, 'item ' || id as item, '411111111111' || lpad((id % 10000)::text, 4, '0') as card_number
      from generate_series(1::bigint, ${ROWS}) as id;
  create table bulk_content (id bigint primary key, content text not null);
  grant usage on schema archive to app_rw;
  grant select on archive.payments to app_rw;
  grant select, insert on bulk_content to app_rw`;

/** The sample policy's role \`write\` copies nothing. */
async function allowCopies({ directory, server, restart }: Deployment): Promise<void> {
  await server.stop();
  const policy = parseDocument(readFileSync(directory.configFile, 'utf8'));
  for (const effect of ['copy-in', 'copy-out'])
    policy.addIn(['resources', 0, 'roles', 'write', 'allow'], effect);
  writeFileSync(directory.configFile, policy.toString());
  await restart();
}

function* copyLines(): Generator<Buffer> {
  for (let id = 1; id <= COPIED_ROWS; id += 1) {
    const content = randomBytes(COPIED_ROW_BYTES / 2).toString('hex');
    yield Buffer.from(`${id}\t${content}\n`);
  }
}

/** Asks again and again. @returns how long each answer took, in milliseconds */
async function askWhile(client: pg.Client, durationMs: number): Promise<number[]> {
  const waits: number[] = [];
  const endsAtMs = performance.now() + durationMs;
  while (performance.now() < endsAtMs) {
    const askedAtMs = performance.now();
    await client.query('SELECT count(*) FROM orders');
    waits.push(performance.now() - askedAtMs);
    await sleep(5);
  }
  return waits;
}

function perSecond(count: number, startedAtMs: number): number {
  return Math.round((count * 1_000) / (performance.now() - startedAtMs));
}
