/** Statements too large to be inspected while everybody else waits. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import {
  encodeBind,
  encodeExecute,
  encodeParse,
} from '../../../src/broker/postgres/codec/frontend-extended.ts';
import { encodeQuery, encodeSync } from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { encodeCancelRequest } from '../../../src/broker/postgres/codec/startup.ts';
import { type Connection, useBroker } from './broker-harness.ts';
import { approveNext, REVIEW_RULES } from './hold-harness.ts';
import { errorsOf, lettersOf, RawClient, rowsOf } from './raw-client.ts';

const MEBIBYTE = 1_048_576;

const broker = useBroker({
  rules: REVIEW_RULES,
  masks: '  - { name: contact, columns: ["public.customers.email"], with: redact }',
  settings: `  statementBytesMax: ${8 * MEBIBYTE}`,
});

const open: RawClient[] = [];
const logIn = async (connection: Connection): Promise<RawClient> => {
  const client = await RawClient.logIn(connection);
  open.push(client);
  return client;
};
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

/** A statement of about so many bytes. */
function insertOf(bytes: number, item: string): { text: string; rows: number } {
  const row = `(1, '${item}', 'open', 12.50)`;
  const rows = Math.ceil(bytes / (row.length + 2));
  const values = Array.from({ length: rows }, () => row).join(', ');
  return { text: `insert into orders (customer_id, item, status, total) values ${values}`, rows };
}

function listOf(bytes: number): string {
  return Array.from({ length: Math.ceil(bytes / 9) }, (_, index) => 1_000_000 + index).join(', ');
}

const countOf = async (item: string): Promise<string | undefined> => {
  const [row] = await broker.current.shop.query<{ count: string }>(
    'select count(*) from orders where item = $1',
    [item],
  );
  return row?.count;
};

test('an INSERT of 2 MB runs where it is configured, and others are answered while it is read', async () => {
  const connection = await broker.current.connection('write');
  const client = await logIn(connection);
  const other = await logIn(connection);
  const { text, rows } = insertOf(2 * MEBIBYTE, 'many');
  client.send(encodeQuery(text));
  const began = performance.now();
  let answered = began;
  let longestGapMs = 0;
  while (client.received.length === 0) {
    other.send(encodeQuery('select 1'));
    await other.until('Z');
    longestGapMs = Math.max(longestGapMs, performance.now() - answered);
    await sleep(5);
    answered = performance.now();
  }
  expect(lettersOf(await client.until('Z'))).toBe('CZ');
  expect(await countOf('many')).toBe(String(rows));
  // Reading it takes most of the time; whoever reads it in the same thread answers nobody meanwhile.
  expect(longestGapMs / (answered - began)).toBeLessThan(0.4);
}, 120_000);

test('keeps its place in a pipeline, in both protocols', async () => {
  const client = await logIn(await broker.current.connection('write'));
  const { text, rows } = insertOf(200_000, 'piped');
  client.send(
    encodeQuery("select 'before'"),
    encodeQuery(text),
    encodeQuery("select count(*) from orders where item = 'piped'"),
    encodeParse({ name: '', text }),
    encodeBind({ portal: '', statement: '', parameterFormats: [], parameters: [], resultFormats: [] }),
    encodeExecute({ portal: '', rowsMax: 0 }),
    encodeSync(),
    encodeQuery("select count(*) from orders where item = 'piped'"),
  );
  const messages = await client.until('Z', 5);
  expect(errorsOf(messages)).toEqual([]);
  expect(rowsOf(messages)).toEqual([['before'], [String(rows)], [String(2 * rows)]]);
});

test('is masked, held and refused like any other', async () => {
  const connection = await broker.current.connection('owner');
  const client = await logIn(connection);
  const list = listOf(100_000);
  client.send(encodeQuery(`select email from customers where id in (1, ${list})`));
  expect(rowsOf(await client.until('Z'))).toEqual([['***']]);
  client.send(encodeQuery(`select lower(email) from customers where email in ('x', '${list}')`));
  expect(errorsOf(await client.until('Z'))).toHaveLength(1);
  client.send(encodeQuery(`delete from orders where id in (${list})`));
  const hold = await approveNext(broker.current, connection);
  expect(hold.text).toContain(list);
  expect(errorsOf(await client.until('Z'))).toEqual([]);
  client.send(encodeQuery(`delete from orders where id in (${list}`));
  expect(errorsOf(await client.until('Z'))[0]?.message).toContain('syntax error');
  client.send(encodeQuery(`select '${'x'.repeat(9 * MEBIBYTE)}'`));
  expect(errorsOf(await client.until('Z'))).toMatchObject([{ code: '54000' }]);
});

test('is given up by a cancel request while it is read', async () => {
  const connection = await broker.current.connection('write');
  const client = await logIn(connection);
  client.send(encodeQuery(insertOf(MEBIBYTE, 'given up').text));
  // As a person would: until it helps. The first may come before all of the statement has.
  while (client.received.length === 0) {
    const canceller = new RawClient(connection.port);
    canceller.send(encodeCancelRequest(client.keyData ?? { processId: 0, key: Buffer.alloc(4) }));
    await canceller.untilClosed();
    await sleep(100);
  }
  expect(errorsOf(await client.until('Z'))).toMatchObject([{ code: '57014' }]);
  expect(await countOf('given up')).toBe('0');
});
