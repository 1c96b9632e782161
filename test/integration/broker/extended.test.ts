import { afterEach, describe, expect, test } from 'vitest';
import { BodyWriter } from '../../../src/broker/postgres/codec/body-writer.ts';
import {
  encodeBind,
  encodeDescribe,
  encodeExecute,
  encodeParse,
} from '../../../src/broker/postgres/codec/frontend-extended.ts';
import {
  encodeCopyData,
  encodeCopyDone,
  encodeFlush,
  encodeQuery,
  encodeSync,
} from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { type Connection, useBroker } from './broker-harness.ts';
import { errorsOf, lettersOf, RawClient, rowsOf, statusesOf } from './raw-client.ts';

const broker = useBroker({
  masks: `
  - { name: contact, columns: ["public.customers.email", "public.customers.phone"], with: redact }
  - { name: cards, columns: ["*.payments.card_number"], with: { keepLast: 4 } }`,
});

const open: RawClient[] = [];
const raw = async (connection: Connection): Promise<RawClient> => {
  const client = await RawClient.logIn(connection);
  open.push(client);
  return client;
};
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

const run = (text: string): Buffer[] => [
  encodeParse({ name: '', text }),
  encodeBind({ portal: '', statement: '', parameterFormats: [], parameters: [], resultFormats: [] }),
  encodeDescribe({ target: 'portal', name: '' }),
  encodeExecute({ portal: '', rowsMax: 0 }),
];
const bind = (options: Partial<Parameters<typeof encodeBind>[0]> = {}): Buffer =>
  encodeBind({
    portal: '',
    statement: '',
    parameterFormats: [],
    parameters: [],
    resultFormats: [],
    ...options,
  });
const execute = (portal = '', rowsMax = 0): Buffer => encodeExecute({ portal, rowsMax });

describe('the extended protocol', () => {
  test('passes parameters and rows, and masks by the described columns', async () => {
    const { shop } = broker.current;
    const client = await broker.current.client(await broker.current.connection('read'));
    const { rows } = await client.query('select id, name, email from customers where id = $1', [7]);
    const [truth] = await shop.query<{ name: string }>('select name from customers where id = 7');
    expect(rows).toEqual([{ id: '7', name: truth?.name, email: '***' }]);
    const counted = await client.query(
      'select upper(city) as city, count(*) from customers group by 1 order by 2 desc limit 1',
    );
    expect(counted.rows[0].city).toMatch(/^[A-ZÄÖÜ -]+$/);
  });

  test('masks a prepared statement that is executed without being described again', async () => {
    const client = await raw(await broker.current.connection('read'));
    client.send(encodeParse({ name: 's', text: 'select email from customers where id = $1' }), encodeSync());
    await client.until('Z');
    for (const id of ['1', '2']) {
      client.send(bind({ statement: 's', parameters: [Buffer.from(id)] }), execute(), encodeSync());
      const messages = await client.until('Z');
      expect(lettersOf(messages)).toBe('2DCZ');
      expect(rowsOf(messages)).toEqual([['***']]);
    }
  });

  test('masks results in binary format', async () => {
    const client = await broker.current.client(await broker.current.connection('read'), { binary: true });
    const { rows } = await client.query({
      text: 'select email, card_number from customers, payments where customers.id = 3 and payments.id = 3',
    });
    expect(rows[0].email).toBe('***');
    expect(rows[0].card_number).toMatch(/^\*+\d{4}$/);
  });

  test('answers a denied Parse in order, skips to Sync, and goes on', async () => {
    const client = await raw(await broker.current.connection('read'));
    client.send(
      ...run('select 1'),
      ...run('delete from customers where id = 1'),
      ...run('select 2'),
      encodeSync(),
      ...run('select 3'),
      encodeSync(),
    );
    const messages = await client.until('Z', 2);
    expect(lettersOf(messages)).toBe('12TDCEZ12TDCZ');
    expect(rowsOf(messages)).toEqual([['1'], ['3']]);
    expect(errorsOf(messages)[0]).toMatchObject({ code: '42501' });
    expect(statusesOf(messages)).toBe('II');
  });

  test('a denied statement in a pipeline takes back what the pipeline did before it', async () => {
    const { shop } = broker.current;
    const client = await raw(await broker.current.connection('write'));
    client.send(
      ...run("update customers set city = 'Nowhere' where id = 5"),
      ...run('delete from customers'),
      encodeSync(),
    );
    const messages = await client.until('Z');
    expect(lettersOf(messages)).toBe('12nCEZ');
    const [row] = await shop.query<{ city: string }>('select city from customers where id = 5');
    expect(row?.city).not.toBe('Nowhere');
  });

  test('a denied statement in a transaction leaves it failed, as any error does', async () => {
    const client = await raw(await broker.current.connection('write'));
    client.send(
      encodeQuery('begin'),
      encodeQuery('delete from customers'),
      encodeQuery('select 1'),
      encodeQuery('rollback'),
      encodeQuery('select 2'),
    );
    const messages = await client.until('Z', 5);
    expect(statusesOf(messages)).toBe('TEEII');
    expect(errorsOf(messages).map(({ code }) => code)).toEqual(['42501', '25P02']);
    expect(rowsOf(messages)).toEqual([['2']]);
  });

  test('never forwards an Execute of a portal or a Bind of a statement that was denied or is unknown', async () => {
    const client = await raw(await broker.current.connection('write'));
    client.send(encodeParse({ name: 'bad', text: 'delete from customers' }), encodeSync());
    expect(errorsOf(await client.until('Z'))).toHaveLength(1);
    client.send(bind({ statement: 'bad' }), execute(), encodeSync());
    expect(errorsOf(await client.until('Z'))[0]).toMatchObject({ code: '26000' });
    client.send(execute('nowhere'), encodeSync());
    expect(errorsOf(await client.until('Z'))[0]).toMatchObject({ code: '34000' });
  });

  test('suspends and resumes a portal, masked on both sides', async () => {
    const client = await raw(await broker.current.connection('read'));
    client.send(
      encodeParse({ name: '', text: 'select email from customers order by id' }),
      bind(),
      execute('', 2),
      execute('', 3),
      encodeSync(),
    );
    const messages = await client.until('Z');
    expect(lettersOf(messages)).toBe('12DDsDDDsZ');
    expect(new Set(rowsOf(messages).flat())).toEqual(new Set(['***']));
  });

  test('the error of a statement that could read masked columns quotes nothing of them', async () => {
    const [truth] = await broker.current.shop.query<{ email: string }>(
      'select email from customers where id = 1',
    );
    const client = await raw(await broker.current.connection('read'));
    client.send(
      encodeQuery('select email::int from customers where id = 1'),
      ...run('select (email || name)::int from customers where id = 1'),
      encodeSync(),
    );
    const messages = await client.until('Z', 2);
    expect(errorsOf(messages)).toHaveLength(2);
    expect(Buffer.concat(messages.map(({ body }) => body)).includes(truth?.email ?? 'nobody')).toBe(false);
  });

  test('names that SQL took away and gave anew do not carry a mask off', async () => {
    const client = await raw(await broker.current.connection('read'));
    client.send(encodeParse({ name: 's', text: 'select 1::text' }), encodeSync());
    await client.until('Z');
    client.send(
      encodeQuery('deallocate s'),
      encodeQuery('prepare s as select lower(email) from customers where id = 1'),
      bind({ statement: 's' }),
      execute(),
      encodeSync(),
    );
    const messages = await client.until('Z', 3);
    expect(errorsOf(messages)).toMatchObject([{ code: '26000' }]);
    expect(Buffer.concat(messages.map(({ body }) => body)).includes('@')).toBe(false);
  });

  test('the result of FETCH and of SQL EXECUTE is masked like its source', async () => {
    const client = await raw(await broker.current.connection('read'));
    client.send(
      encodeQuery('begin; declare c cursor for select email from customers'),
      encodeQuery('fetch 1 from c'),
      encodeQuery('prepare p as select email from customers where id = 1'),
      encodeQuery('execute p'),
      encodeQuery('commit'),
    );
    const messages = await client.until('Z', 5);
    expect(Buffer.concat(messages.map(({ body }) => body)).includes('@')).toBe(false);
  });

  test('refuses the function-call message and keeps the connection', async () => {
    const client = await raw(await broker.current.connection('write'));
    const call = new BodyWriter().int32(2026).int16(0).int16(0).int16(0).message(0x46);
    client.send(call, encodeQuery('select 5'));
    const messages = await client.until('Z', 2);
    expect(errorsOf(messages)[0]).toMatchObject({ code: '42501' });
    expect(rowsOf(messages)).toEqual([['5']]);
  });

  test('closes on an unknown message type and on a truncated one', async () => {
    for (const bytes of [
      new BodyWriter().int32(1).message(0x7e),
      new BodyWriter().int8(0x53).message(0x42),
    ]) {
      const client = await raw(await broker.current.connection('write'));
      client.send(bytes);
      expect(errorsOf(await client.untilClosed())[0]).toMatchObject({ code: '08P01' });
    }
  });

  test('a Query hidden behind COPY FROM STDIN in the same packet cannot shift the answers', async () => {
    const { shop } = broker.current;
    const client = await raw(await broker.current.connection('write'));
    // The target would swallow the second message as part of the copy, so it must never get it.
    client.send(
      encodeQuery('copy orders (customer_id, item, status, total) from stdin'),
      encodeQuery('select 1'),
      encodeQuery('select email from customers'),
    );
    const messages = await client.untilClosed();
    expect(errorsOf(messages).at(-1)).toMatchObject({ code: '08P01' });
    expect(rowsOf(messages)).toEqual([]);
    expect(await shop.query('select from orders where total = 12.34')).toEqual([]);
  });

  test('copies in by the simple and by the extended protocol', async () => {
    const { shop } = broker.current;
    const client = await raw(await broker.current.connection('write'));
    const copy = 'copy orders (customer_id, item, status, total) from stdin';
    client.send(encodeQuery(copy));
    await client.until('G');
    client.send(
      encodeCopyData(Buffer.from('1\tbook\topen\t77.01\n')),
      encodeCopyDone(),
      encodeQuery('select 8'),
    );
    expect(lettersOf(await client.until('Z', 2))).toBe('CZTDCZ');
    client.send(encodeParse({ name: '', text: copy }), bind(), execute(), encodeSync());
    await client.until('G');
    client.send(encodeCopyData(Buffer.from('1\tbook\topen\t77.02\n')), encodeCopyDone(), encodeSync());
    expect(lettersOf(await client.until('Z'))).toBe('CZ');
    expect(await shop.query('select from orders where total in (77.01, 77.02)')).toHaveLength(2);
  });

  test('answers arrive with Flush as well as with Sync', async () => {
    const client = await raw(await broker.current.connection('read'));
    client.send(...run('select 4'), encodeFlush());
    expect(lettersOf(await client.until('C'))).toBe('12TDC');
    client.send(encodeSync());
    await client.take('Z');
  });

  test('a name that is prepared twice in one go means the statement that the target kept', async () => {
    const client = await raw(await broker.current.connection('read'));
    const twice = (first: string, second: string): Buffer[] => [
      encodeParse({ name: 'a', text: first }),
      encodeSync(),
      encodeParse({ name: 'a', text: second }),
      encodeSync(),
      bind({ statement: 'a' }),
      execute(),
      encodeSync(),
    ];
    client.send(...twice('select 1', 'select 2'));
    const kept = await client.until('Z', 3);
    expect(lettersOf(kept)).toBe('1ZEZ2DCZ');
    expect(rowsOf(kept)).toEqual([['1']]);
    client.send(encodeQuery('deallocate a'));
    await client.until('Z');
    client.send(...twice('select nothing_of_that_name', 'select 2'));
    const replaced = await client.until('Z', 3);
    expect(lettersOf(replaced)).toBe('EZ1Z2DCZ');
    expect(rowsOf(replaced)).toEqual([['2']]);
  });
});
