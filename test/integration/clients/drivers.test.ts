import { join } from 'node:path';
import postgres from 'postgres';
import { describe, expect, test } from 'vitest';
import { useBroker } from '../broker/broker-harness.ts';
import { type Address, libpqEnvironment, runClient } from './run-client.ts';

const PROGRAMS = join(import.meta.dirname, 'programs');
const JDBC_DRIVER = '/usr/share/java/postgresql.jar';

const broker = useBroker();

async function addresses(): Promise<{ direct: Address; proxied: Address }> {
  const { shop } = broker.current;
  const { username, password } = shop.credentials.writer;
  const proxied = await broker.current.connection('write');
  return { proxied, direct: { port: shop.port, username, password, database: shop.name } };
}

/** Runs the program without the broker and through it, encrypted there. @returns what it printed each time */
async function compare(
  run: (
    address: Address,
    sslMode: string,
  ) => Promise<{ code: number | null; stdout: string; stderr: string }>,
): Promise<{ expected: string; seen: string }> {
  const { direct, proxied } = await addresses();
  // One after the other: two compilers at once starve the broker on a small machine.
  const expected = await run(direct, 'disable');
  const seen = await run(proxied, 'require');
  expect(expected).toMatchObject({ code: 0, stderr: '' });
  expect(seen).toMatchObject({ code: 0, stderr: '' });
  return { expected: expected.stdout, seen: seen.stdout };
}

test('pgjdbc sees through the broker what it sees without it, in binary', async () => {
  const { expected, seen } = await compare((address, sslMode) =>
    runClient('java', ['-XX:TieredStopAtLevel=1', '-cp', JDBC_DRIVER, join(PROGRAMS, 'Jdbc.java')], {
      environment: { ...libpqEnvironment(address), SSLMODE: sslMode },
    }),
  );
  expect(seen).toBe(expected);
  expect(seen).toContain('binary -3 | binary 9223372036854775804');
  expect(seen).toContain('fetched 500500');
  expect(seen).toContain('jdbc_news: breaking');
});

test('psycopg sees through the broker what it sees without it', async () => {
  const { expected, seen } = await compare((address, sslMode) =>
    runClient('/usr/bin/python3', [join(PROGRAMS, 'psycopg.py'), sslMode], {
      environment: libpqEnvironment(address),
    }),
  );
  expect(seen).toBe(expected);
  expect(seen).toContain('fetched 500500');
  expect(seen).toContain('23505 customers_email_key');
  expect(seen).toContain("('psycopg_news', 'breaking')");
});

describe('postgres.js', () => {
  /** Prepared statements, pipelines, cursors, copies, errors and a transaction over one connection. */
  async function use(address: Address, tls: boolean): Promise<unknown[]> {
    const { port, username, password, database } = address;
    const sql = postgres({
      host: '127.0.0.1',
      port,
      username,
      password,
      database,
      max: 1,
      ssl: tls ? { rejectUnauthorized: false } : false,
      onnotice: () => undefined,
    });
    const seen: unknown[] = [];
    try {
      const pipelined = [1, 2, 3].map((id) => sql`select id, name, city from customers where id = ${id}`);
      seen.push(...(await Promise.all(pipelined)).map((rows) => rows[0]));
      seen.push(
        (
          await sql`select ${sql.json({ k: [1, null] })}::jsonb as j, ${[1, 2]}::int[] as a, ${new Date(0)}::timestamptz as t, ${Buffer.from([0, 255])}::bytea as b`
        )[0],
      );
      await sql`select n from generate_series(1, 25) n`.cursor(10, (rows) => void seen.push(rows.length));
      seen.push(
        await sql`select 1 / ${0}::int`.catch((error: unknown) => Reflect.get(Object(error), 'code')),
      );
      seen.push(
        await sql
          .begin(async (inner) => {
            await inner`update orders set status = 'moved' where id = 1`;
            await inner
              .savepoint((deeper) => deeper`select nothing from nowhere`)
              .catch(() => seen.push('undone'));
            seen.push((await inner`select status from orders where id = 1`)[0]);
            throw new Error('never mind');
          })
          .catch((error: unknown) => String(error)),
      );
      seen.push((await sql`select status from orders where id = 1`)[0]);
      const listening = await sql.listen('postgres_js_news', (payload) => void seen.push(payload));
      await sql.notify('postgres_js_news', 'breaking');
      await expect.poll(() => seen.at(-1)).toBe('breaking');
      await listening.unlisten();
      seen.push(
        (await sql`copy (select id, city from customers order by id limit 3) to stdout`.readable()) !== null,
      );
      seen.push(await sql.unsafe('select 1 as a; select 2 as b').simple());
    } finally {
      await sql.end();
    }
    return seen;
  }

  test('sees through the broker what it sees without it', async () => {
    const { direct, proxied } = await addresses();
    const expected = await use(direct, false);
    expect(await use(proxied, true)).toEqual(expected);
    expect(expected).toContain('22012');
  });
});
