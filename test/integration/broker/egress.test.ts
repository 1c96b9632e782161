import pino from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Broker, createBroker } from '../../../src/broker/broker.ts';
import { generateCertificate } from '../../../src/broker/certificate.ts';
import {
  encodeBind,
  encodeExecute,
  encodeParse,
} from '../../../src/broker/postgres/codec/frontend-extended.ts';
import { encodeQuery, encodeSync } from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { type Connection, useBroker } from './broker-harness.ts';
import { errorsOf, RawClient, type Received } from './raw-client.ts';

const ROWS_PER_STATEMENT = 50;
const ROWS_PER_SESSION = 60;
const ROWS_PER_GRANT = 100;
const BYTES_PER_SESSION = 20_000;
const HEADER_BYTES = 5;
/** Wide, so that the target sends what it has before it falls asleep. */
const SLOW_AFTER_55 =
  "select repeat('x', 20000), pg_sleep(case when id > 55 then 30 else 0 end) is null from orders order by id";

const broker = useBroker({
  rules: `
  - { name: few-orders, on: { kind: postgres }, match: { relations: [orders], rowsOver: ${ROWS_PER_STATEMENT} }, action: stop, message: Ask for an export. }
  - { name: few-customers, on: { kind: postgres }, match: { relations: [customers], rowsOver: ${ROWS_PER_SESSION}, per: session }, action: stop }
  - { name: few-payments, on: { kind: postgres }, match: { relations: [payments], rowsOver: ${ROWS_PER_GRANT}, per: grant }, action: stop }
  - { name: few-bytes, on: { kind: postgres }, match: { effects: [do, create], bytesOver: ${BYTES_PER_SESSION}, per: session }, action: stop }
  - { name: few-wide-rows, on: { kind: postgres }, match: { relations: [wide], bytesOver: ${BYTES_PER_SESSION} }, action: stop }`,
});

let second: Broker;
let secondPort = 0;

beforeAll(async () => {
  const { context, keys, secretKey, shop } = broker.current;
  await shop.query("create table wide as select n, repeat('x', 900) as text from generate_series(1, 200) n");
  await shop.query('grant select on wide to public');
  await shop.query(
    'insert into payments (order_id, card_brand, card_number, amount, status) select order_id, card_brand, card_number, amount, status from payments, generate_series(1, 5)',
  );
  second = createBroker({
    access: context,
    keys,
    secretKey,
    logger: pino({ level: 'silent' }),
    tls: await generateCertificate({ publicHost: 'broker.test', now: new Date() }),
    replica: 'another-replica',
  });
  secondPort = (await second.start()).port;
});
afterAll(() => second.stop());

const rowsIn = (messages: readonly Received[]): number =>
  messages.filter(({ type }) => type === 'D' || type === 'd').length;
const bytesIn = (messages: readonly Received[]): number =>
  messages
    .filter(({ type }) => type === 'D' || type === 'd' || type === 'N')
    .reduce((sum, { body }) => sum + HEADER_BYTES + body.length, 0);

/** Sends the queries one after the other; the last one is cut. @returns everything that was received */
async function cutBy(queries: readonly string[], role = 'owner'): Promise<Received[]> {
  const client = await RawClient.logIn(await broker.current.connection(role));
  const received: Received[] = [];
  for (const query of queries.slice(0, -1)) {
    client.send(encodeQuery(query));
    received.push(...(await client.until('Z')));
  }
  client.send(encodeQuery(queries.at(-1) ?? ''));
  received.push(...(await client.untilClosed()));
  return received;
}

async function rowsOf(connection: Connection, query: string): Promise<{ rows: number; code: string | null }> {
  const client = await RawClient.logIn(connection);
  client.send(encodeQuery(query));
  const received: Received[] = [];
  try {
    received.push(...(await client.until('Z')));
    client.close();
  } catch {
    received.push(...(await client.untilClosed()));
  }
  return { rows: rowsIn(received), code: errorsOf(received).at(-1)?.code ?? null };
}

describe('a limit per statement', () => {
  test('lets exactly as many rows pass, and cuts the next one', async () => {
    const client = await RawClient.logIn(await broker.current.connection('write'));
    client.send(encodeQuery(`select id from orders limit ${ROWS_PER_STATEMENT}`));
    expect(rowsIn(await client.until('Z'))).toBe(ROWS_PER_STATEMENT);
    client.send(encodeQuery('select n from generate_series(1, 500) n'));
    expect(rowsIn(await client.until('Z'))).toBe(500);
    client.send(encodeQuery(SLOW_AFTER_55));
    const received = await client.untilClosed();
    expect(rowsIn(received)).toBe(ROWS_PER_STATEMENT);
    const [error] = errorsOf(received);
    expect(error?.code).toBe('53400');
    expect(error?.message).toContain('Ask for an export. The session was stopped');
    expect(error?.detail).toContain(`Rule: few-orders. At most ${ROWS_PER_STATEMENT} rows`);
  });

  test('ends the session and the work on the target, in the record and as an event of its own', async () => {
    const connection = await broker.current.connection('write');
    const client = await RawClient.logIn(connection);
    client.send(encodeQuery('select id from orders'));
    await client.untilClosed();
    const session = await broker.current.endedSession(connection.username);
    expect(session.endReason).toBe('stopped-by-rule');
    expect(session.counts.rows).toBe(ROWS_PER_STATEMENT);
    const running = await broker.current.shop.query(
      "select query from pg_stat_activity where datname = current_database() and usename = 'app_writer'",
    );
    expect(running).toEqual([]);
    const events = await broker.current.events(session.id);
    const outcome = events.find(({ type }) => type === 'outcome');
    expect(outcome).toMatchObject({
      rows: ROWS_PER_STATEMENT,
      error: { message: expect.stringContaining('few-orders') },
    });
    const stopped = await broker.current.access.store
      .read()
      .execute("select data from event where subject = ? and type = 'session.stopped'", [session.id]);
    expect(stopped).toMatchObject([
      { data: { rule: 'few-orders', per: 'statement', rows: ROWS_PER_STATEMENT } },
    ]);
  });

  test('counts a portal over all of its goes', async () => {
    const client = await RawClient.logIn(await broker.current.connection('write'));
    client.send(
      encodeParse({ name: 'all', text: 'select id from orders' }),
      encodeBind({
        portal: 'p',
        statement: 'all',
        parameterFormats: [],
        parameters: [],
        resultFormats: [],
      }),
      ...[1, 2, 3, 4].map(() => encodeExecute({ portal: 'p', rowsMax: 20 })),
      encodeSync(),
    );
    const received = await client.untilClosed();
    expect(rowsIn(received)).toBe(ROWS_PER_STATEMENT);
    expect(errorsOf(received).at(-1)?.detail).toContain('few-orders');
  });

  test('counts a cursor over all of its fetches, and each cursor anew', async () => {
    const declare = (name: string) => `declare ${name} cursor for select id from orders`;
    const received = await cutBy([
      'begin',
      declare('first'),
      'fetch 40 first',
      'close first',
      declare('first'),
      'fetch 40 first',
      'fetch 40 first',
    ]);
    expect(rowsIn(received)).toBe(40 + ROWS_PER_STATEMENT);
  });

  test.each([
    {
      what: 'declared again in vain',
      again: ['savepoint s', 'declare c cursor for select id from orders', 'rollback to s'],
    },
    {
      what: 'declared and closed in vain',
      again: ['savepoint s', 'select 1 / 0', 'close c', 'declare c cursor for select 1', 'rollback to s'],
    },
  ])('goes on counting a cursor that was $what', async ({ again }) => {
    const queries = [
      'begin',
      'declare c cursor for select id from orders',
      'fetch 40 c',
      ...again,
      'fetch 40 c',
    ];
    expect(rowsIn(await cutBy(queries))).toBe(ROWS_PER_STATEMENT);
    const client = await RawClient.logIn(await broker.current.connection('owner'));
    client.send(...queries.map((query) => encodeQuery(query)));
    expect(rowsIn(await client.untilClosed())).toBe(ROWS_PER_STATEMENT);
  });

  test('counts a cursor that a function has opened', async () => {
    await broker.current.shop.query(
      `create function opened() returns refcursor language plpgsql
         as $$ declare c refcursor; begin open c for select id from orders; return c; end $$`,
    );
    const fetch = 'fetch 40 "<unnamed portal 1>"';
    const received = await cutBy(['begin', 'select opened()', fetch, fetch]);
    expect(rowsIn(received)).toBe(1 + ROWS_PER_STATEMENT);
  });

  test('counts a text that declares and reads cursors as one, and the next one anew', async () => {
    const declare = 'declare c cursor for select id from orders';
    const text = `begin; ${declare}; fetch 20 c; close c; ${declare}; fetch 20 c; commit`;
    const received = await cutBy([
      text,
      text,
      `begin; ${declare}; fetch 30 c; close c; ${declare}; fetch 30 c`,
    ]);
    expect(rowsIn(received)).toBe(2 * 40 + ROWS_PER_STATEMENT);
  });

  test('counts what a prepared statement of SQL reads, each time anew', async () => {
    const prepare = 'prepare orders_up_to(int) as select id from orders limit $1';
    const received = await cutBy([
      prepare,
      'execute orders_up_to(40)',
      'execute orders_up_to(40)',
      'execute orders_up_to(60)',
    ]);
    expect(rowsIn(received)).toBe(80 + ROWS_PER_STATEMENT);
  });

  test.each([
    { what: 'text', options: '(format text)', beside: 0 },
    { what: 'csv with a header', options: '(format csv, header)', beside: 1 },
    { what: 'binary', options: '(format binary)', beside: 1 },
  ])('counts the rows of a copy: $what', async ({ options, beside }) => {
    const copy = (rows: number) => `copy (select id from orders limit ${rows}) to stdout ${options}`;
    const client = await RawClient.logIn(await broker.current.connection('owner'));
    client.send(encodeQuery(copy(ROWS_PER_STATEMENT)));
    expect(rowsIn(await client.until('Z'))).toBe(ROWS_PER_STATEMENT + beside);
    client.send(encodeQuery(copy(ROWS_PER_STATEMENT + 1)));
    const received = await client.untilClosed();
    expect(rowsIn(received)).toBeLessThanOrEqual(ROWS_PER_STATEMENT + beside);
    expect(errorsOf(received).at(-1)?.detail).toContain('few-orders');
  });

  test('counts bytes', async () => {
    const received = await cutBy(['select text from wide']);
    expect(bytesIn(received)).toBeLessThanOrEqual(BYTES_PER_SESSION);
    expect(bytesIn(received)).toBeGreaterThan(BYTES_PER_SESSION - 1_000);
    expect(errorsOf(received)[0]?.detail).toContain(`At most ${BYTES_PER_SESSION} bytes`);
  });
});

describe('a limit per session', () => {
  test('counts over its statements', async () => {
    const received = await cutBy(['select id from customers limit 40', 'select id from customers'], 'write');
    expect(rowsIn(received)).toBe(ROWS_PER_SESSION);
  });

  test('counts the bytes of notices', async () => {
    const loud = "do $$ begin for n in 1..100 loop raise notice '%', repeat('x', 900); end loop; end $$";
    const received = await cutBy([loud]);
    expect(bytesIn(received)).toBeGreaterThan(BYTES_PER_SESSION / 2);
    expect(bytesIn(received)).toBeLessThanOrEqual(BYTES_PER_SESSION);
  });
});

describe('a limit per grant', () => {
  test('counts over the sessions of all replicas, one after the other', async () => {
    const connection = await broker.current.connection('write');
    const query = 'select id from payments limit 60';
    expect(await rowsOf(connection, query)).toEqual({ rows: 60, code: null });
    const cut = await rowsOf({ ...connection, port: secondPort }, query);
    expect(cut.code).toBe('53400');
    expect(cut.rows).toBeLessThanOrEqual(ROWS_PER_GRANT - 60);
    expect(cut.rows).toBeGreaterThan(0);
  });

  test('never returns more in all when they run at once', async () => {
    const connection = await broker.current.connection('write');
    const ports = [connection.port, secondPort, connection.port, secondPort];
    const answers = await Promise.all(
      ports.map((port) => rowsOf({ ...connection, port }, 'select id from payments')),
    );
    const rows = answers.reduce((sum, answer) => sum + answer.rows, 0);
    expect(answers.map(({ code }) => code)).toEqual(ports.map(() => '53400'));
    expect(rows).toBeLessThanOrEqual(ROWS_PER_GRANT);
    expect(rows).toBeGreaterThan(ROWS_PER_GRANT / 2);
  });

  test('begins anew with each grant', async () => {
    const connection = await broker.current.connection('write');
    expect(await rowsOf(connection, 'select id from payments limit 100')).toEqual({ rows: 100, code: null });
  });
});
