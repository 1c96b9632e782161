/** Ways to make the target run something else than what was judged, by giving a name two meanings. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  encodeBind,
  encodeClose,
  encodeDescribe,
  encodeExecute,
  encodeParse,
} from '../../../src/broker/postgres/codec/frontend-extended.ts';
import { encodeQuery, encodeSync } from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { type Connection, useBroker } from './broker-harness.ts';
import { errorsOf, RawClient, rowsOf } from './raw-client.ts';

const broker = useBroker({
  masks: `
  - { name: contact, columns: ["public.customers.email", "public.customers.phone"], with: redact }`,
});

const open: RawClient[] = [];
const logIn = async (connection?: Connection): Promise<RawClient> => {
  const client = await RawClient.logIn(connection ?? (await broker.current.connection('write')));
  open.push(client);
  return client;
};
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

const parse = (name: string, text: string): Buffer => encodeParse({ name, text });
const bind = (portal: string, statement: string, ...values: string[]): Buffer =>
  encodeBind({
    portal,
    statement,
    parameterFormats: [],
    parameters: values.map((value) => Buffer.from(value)),
    resultFormats: [],
  });
const run = (portal: string): Buffer => encodeExecute({ portal, rowsMax: 0 });
const describePortal = (name: string): Buffer => encodeDescribe({ target: 'portal', name });

const CLEAN = 'select name from customers where id < 4';
const MASKED = 'select email from customers where id < 4';
/** PostgreSQL tells names apart by their first 63 bytes. */
const LONG = 'n'.repeat(63);

async function inTransaction(text = ''): Promise<RawClient> {
  const client = await logIn();
  client.send(encodeQuery(`begin; ${text}`));
  await client.until('Z');
  return client;
}

describe('a name with two meanings', () => {
  test('names that PostgreSQL would cut to one are refused, and what was judged under one cannot run as the other', async () => {
    const client = await logIn();
    client.send(parse(`${LONG}X`, 'select 1'), encodeSync());
    expect(errorsOf(await client.until('Z'))).toMatchObject([{ code: '42622' }]);
    client.send(
      encodeClose({ target: 'statement', name: `${LONG}Y` }),
      parse(`${LONG}Y`, 'select lower(email) from customers'),
      bind('', `${LONG}X`),
      run(''),
      encodeSync(),
    );
    const messages = await client.until('Z');
    expect(errorsOf(messages)).toMatchObject([{ code: '42622' }]);
    expect(rowsOf(messages)).toEqual([]);
    client.send(parse(LONG, 'select 7'), bind('', LONG), run(''), encodeSync());
    expect(rowsOf(await client.until('Z'))).toEqual([['7']]);
  });

  test('FETCH that was described over one cursor does not return the rows of another', async () => {
    const client = await inTransaction(`declare c cursor for ${CLEAN}`);
    client.send(
      parse('fetch', 'fetch all from c'),
      parse('close', 'close c'),
      parse('declare', `declare c cursor for ${MASKED}`),
      bind('', 'fetch'),
      describePortal(''),
      ...[bind('one', 'close'), run('one'), bind('two', 'declare'), run('two')],
      run(''),
      encodeSync(),
    );
    const messages = await client.until('Z');
    expect(rowsOf(messages)).toEqual([]);
    expect(errorsOf(messages)).toMatchObject([{ code: '55000' }]);
  });

  test('EXECUTE that was described over one statement does not return the rows of another', async () => {
    const client = await inTransaction(`prepare s as ${CLEAN}`);
    client.send(
      parse('execute', 'execute s'),
      parse('deallocate', 'deallocate s'),
      parse('prepare', `prepare s as ${MASKED}`),
      bind('portal', 'execute'),
      describePortal('portal'),
      ...[bind('one', 'deallocate'), run('one'), bind('two', 'prepare'), run('two')],
      run('portal'),
      encodeSync(),
    );
    const messages = await client.until('Z');
    expect(rowsOf(messages)).toEqual([]);
    expect(errorsOf(messages)).toMatchObject([{ code: '55000' }]);
  });

  test('FETCH and EXECUTE that are executed right after Bind work, in pieces too, and are masked', async () => {
    const client = await inTransaction(`declare c cursor for ${MASKED}; prepare s as ${MASKED}`);
    for (const text of ['fetch all from c', 'execute s']) {
      client.send(
        parse('', text),
        bind('portal', ''),
        describePortal('portal'),
        encodeExecute({ portal: 'portal', rowsMax: 1 }),
        run('portal'),
        encodeClose({ target: 'portal', name: 'portal' }),
        encodeSync(),
      );
      expect(rowsOf(await client.until('Z'))).toEqual([['***'], ['***'], ['***']]);
    }
  });

  test('SQL does not run what was only bound or parsed in the protocol', async () => {
    const { shop } = broker.current;
    const connection = await broker.current.connection('write');
    const client = await logIn(connection);
    client.send(
      encodeQuery('begin'),
      parse('d', 'delete from orders where id = $1 returning id'),
      bind('c', 'd', '7'),
      encodeSync(),
    );
    await client.until('Z', 2);
    client.send(encodeQuery('fetch all from c'));
    const fetched = await client.until('Z');
    expect(rowsOf(fetched)).toEqual([]);
    expect(errorsOf(fetched)[0]?.detail).toContain('hidden-statement');
    client.send(encodeQuery('rollback; execute d(7)'));
    const executed = await client.until('Z');
    expect(rowsOf(executed)).toEqual([]);
    expect(errorsOf(executed)[0]?.detail).toContain('hidden-statement');
    client.close();
    expect(await shop.query('select id from orders where id = 7')).toHaveLength(1);
    const { id } = await broker.current.endedSession(connection.grant.id);
    const denied = (await broker.current.events(id)).filter(
      (event) => event.type === 'statement' && event.verdict.rule === 'hidden-statement',
    );
    expect(denied).toMatchObject([{ text: 'fetch all from c' }, { text: 'rollback; execute d(7)' }]);
  });

  test('a statement that SQL deallocated in the same pipeline does not run under its old text', async () => {
    const { shop } = broker.current;
    const client = await logIn();
    client.send(parse('s', 'select 1'), encodeSync());
    await client.until('Z');
    client.send(
      encodeQuery('deallocate s; prepare s as delete from orders where id = 8'),
      bind('', 's'),
      run(''),
      encodeSync(),
    );
    expect(errorsOf(await client.until('Z', 2))).toMatchObject([{ code: '26000' }]);
    expect(await shop.query('select id from orders where id = 8')).toHaveLength(1);
    client.send(parse('s2', 'select 2'), bind('', 's2'), run(''), encodeSync());
    expect(rowsOf(await client.until('Z'))).toEqual([['2']]);
  });
});
