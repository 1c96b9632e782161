import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { encodeQuery } from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { parseReport } from '../../../src/broker/postgres/codec/report.ts';
import { useBroker } from '../broker/broker-harness.ts';
import { lettersOf, RawClient } from '../broker/raw-client.ts';
import { libpqEnvironment, runClient } from './run-client.ts';

const broker = useBroker();
const directory = mkdtempSync(join(tmpdir(), 'sallyport-conduct-'));
afterAll(() => rmSync(directory, { recursive: true }));

const COPIED_LINES = 40_000;

function sha256(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** How many statements with this marker run on the target. */
async function running(marker: string): Promise<number> {
  const rows = await broker.current.shop.query(
    `select from pg_stat_activity where state = 'active' and query like $1 and pid <> pg_backend_pid()`,
    [`%${marker}%`],
  );
  return rows.length;
}

/** Interrupts psql in a long statement. @returns how long the target went on with it, as polling shows */
async function cancelInPsql(): Promise<number> {
  const connection = await broker.current.connection('owner');
  const marker = 'cancelled by its client';
  let endedAfterMs = Number.POSITIVE_INFINITY;
  const result = await runClient('psql', ['-X', '-c', `select pg_sleep(60) /* ${marker} */`], {
    environment: libpqEnvironment(connection),
    onStart: async (psql) => {
      await expect.poll(() => running(marker), { timeout: 10_000, interval: 20 }).toBe(1);
      const cancelledAtMs = performance.now();
      psql.kill('SIGINT');
      await expect.poll(() => running(marker), { timeout: 10_000, interval: 20 }).toBe(0);
      endedAfterMs = performance.now() - cancelledAtMs;
    },
  });
  expect(result.stderr).toContain('canceling statement due to user request');
  return endedAfterMs;
}

test('Ctrl-C in psql ends the statement on the target within a second', async () => {
  let shortestMs = Number.POSITIVE_INFINITY;
  // A machine that is busy with something else may take longer now and then, but not every time.
  for (let attempt = 0; attempt < 3 && shortestMs >= 1_000; attempt += 1)
    shortestMs = Math.min(shortestMs, await cancelInPsql());
  expect(shortestMs).toBeLessThan(1_000);
});

test('a copy in and out again has the same bytes', async () => {
  const { shop } = broker.current;
  await shop.query('create table copied (id bigint primary key, content text)');
  await shop.query('grant select, insert on copied to app_rw');
  const connection = await broker.current.connection('write');
  const environment = libpqEnvironment(connection);
  const lines: string[] = [];
  for (let id = 1; id <= COPIED_LINES; id += 1) lines.push(`${id}\t${randomBytes(60).toString('hex')}\n`);
  const content = lines.join('');
  const copied = await runClient('psql', ['-X', '-q', '-c', 'copy copied from stdin'], {
    environment,
    input: content,
  });
  expect(copied).toMatchObject({ code: 0, stdout: '', stderr: '' });
  const out = await runClient(
    'psql',
    ['-X', '-q', '-c', 'copy (select * from copied order by id) to stdout'],
    {
      environment,
    },
  );
  expect(out.stderr).toBe('');
  expect(sha256(out.stdout)).toBe(sha256(content));
  const binary = (port: { environment: Record<string, string> }) =>
    runClient(
      'psql',
      ['-X', '-q', '-c', 'copy (select * from copied order by id) to stdout (format binary)'],
      port,
    );
  const { username, password } = shop.credentials.writer;
  const direct = libpqEnvironment({ port: shop.port, username, password, database: shop.name });
  expect(sha256((await binary({ environment })).stdout)).toBe(
    sha256((await binary({ environment: direct })).stdout),
  );
});

test('notifications reach a session that listens, from outside and from another session', async () => {
  const { shop } = broker.current;
  const [listener, sender] = [
    await broker.current.client(await broker.current.connection('write')),
    await broker.current.client(await broker.current.connection('write')),
  ];
  const heard: string[] = [];
  listener.on('notification', ({ channel, payload }) => void heard.push(`${channel}: ${payload}`));
  await listener.query('listen news');
  await shop.query("select pg_notify('news', 'from outside')");
  await sender.query("notify news, 'from inside'");
  await expect.poll(() => heard).toEqual(['news: from outside', 'news: from inside']);
  await listener.query('unlisten news');
  await sender.query("notify news, 'unheard'");
  await listener.query('select 1');
  expect(heard).toHaveLength(2);
});

test('cursors in SQL and portals in the protocol hand out a result in portions', async () => {
  const client = await broker.current.client(await broker.current.connection('read'));
  await client.query('begin');
  await client.query('declare c scroll cursor with hold for select n from generate_series(1, 10) n');
  expect((await client.query('fetch 3 from c')).rows.map(({ n }) => n)).toEqual([1, 2, 3]);
  expect((await client.query('fetch backward 2 from c')).rows.map(({ n }) => n)).toEqual([2, 1]);
  await client.query('commit');
  expect((await client.query('fetch absolute 10 from c')).rows.map(({ n }) => n)).toEqual([10]);
  await client.query('close c');
});

describe('large objects', () => {
  test('go in and out through psql, which uses the function-call message', async () => {
    const connection = await broker.current.connection('owner');
    const [source, target] = [join(directory, 'in'), join(directory, 'out')];
    const content = randomBytes(300_000);
    writeFileSync(source, content);
    const result = await runClient(
      'psql',
      [
        '-X',
        '-At',
        '-c',
        `\\lo_import ${source}`,
        '-c',
        `\\lo_export :LASTOID ${target}`,
        '-c',
        '\\lo_unlink :LASTOID',
      ],
      { environment: libpqEnvironment(connection) },
    );
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(sha256(readFileSync(target))).toBe(sha256(content));
    expect(await broker.current.shop.query('select from pg_largeobject_metadata')).toEqual([]);
  });

  test('are written by no role that may not', async () => {
    const connection = await broker.current.connection('read');
    const source = join(directory, 'refused');
    writeFileSync(source, 'content');
    const result = await runClient('psql', ['-X', '-c', `\\lo_import ${source}`], {
      environment: libpqEnvironment(connection),
    });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('The role read does not allow');
    expect(await broker.current.shop.query('select from pg_largeobject_metadata')).toEqual([]);
  });
});

describe('when the target ends a connection', () => {
  test.each([
    ['idle', null],
    ['in the middle of a statement', 'select pg_sleep(60)'],
  ])('the client reads why in the frame of the target: %s', async (_when, statement) => {
    const { shop } = broker.current;
    const client = await RawClient.logIn(await broker.current.connection('owner'), {
      application_name: 'to be ended',
    });
    if (statement !== null) {
      client.send(encodeQuery(statement));
      await expect.poll(() => running('pg_sleep(60)'), { timeout: 10_000 }).toBe(1);
    }
    const ended = await shop.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'to be ended'",
    );
    expect(ended).toHaveLength(1);
    const received = await client.untilClosed();
    expect(lettersOf(received)).toMatch(/^T?E$/);
    const fields = parseReport(received.at(-1)?.body ?? Buffer.alloc(0));
    expect(fields.get('C')).toBe('57P01');
    expect(fields.get('S')).toBe('FATAL');
    expect(fields.get('M')).toBe('terminating connection due to administrator command');
    expect(fields.get('R')).toBe('ProcessInterrupts');
  });
});
