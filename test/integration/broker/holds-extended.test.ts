/** Statements that people must agree to, by the extended protocol: held when their parameters are bound. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { Gate } from '../../../src/broker/gate.ts';
import {
  encodeBind,
  encodeDescribe,
  encodeExecute,
  encodeParse,
} from '../../../src/broker/postgres/codec/frontend-extended.ts';
import {
  encodeFlush,
  encodeQuery,
  encodeSync,
  encodeTerminate,
} from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { encodeCancelRequest } from '../../../src/broker/postgres/codec/startup.ts';
import { type Connection, useBroker } from './broker-harness.ts';
import { approveNext, decide, heldBy, holdsIn, holdsOf, REVIEW_RULES } from './hold-harness.ts';
import { errorsOf, lettersOf, RawClient, rowsOf, statusesOf } from './raw-client.ts';

const broker = useBroker({
  rules: `${REVIEW_RULES}
  - name: calls
    on: { kind: postgres }
    match: { effects: [call] }
    action: review
    approval: { from: [{ group: dba, count: 1 }], within: 5m }
  - name: reading-payments
    on: { kind: postgres }
    match: { effects: [select], relations: [payments] }
    action: review
    approval: { from: [{ group: dba, count: 1 }], within: 5m }`,
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

const parse = (text: string, name = '', parameterTypes: number[] = []): Buffer =>
  encodeParse({ name, text, parameterTypes });
const bind = (parameters: (string | null)[] = [], { statement = '', portal = '' } = {}): Buffer =>
  encodeBind({
    portal,
    statement,
    parameterFormats: [],
    parameters: parameters.map((value) => (value === null ? null : Buffer.from(value))),
    resultFormats: [],
  });
const execute = (portal = '', rowsMax = 0): Buffer => encodeExecute({ portal, rowsMax });
const run = (text: string, parameters: string[] = []): Buffer[] => [
  parse(text),
  bind(parameters),
  encodeDescribe({ target: 'portal', name: '' }),
  execute(),
];

const left = async (): Promise<number[]> => {
  const rows = await broker.current.shop.query<{ id: string }>(
    'select id from orders where id <= 20 order by id',
  );
  return rows.map(({ id }) => Number(id));
};
const DELETE = 'delete from orders where id = $1';

beforeAll(async () => {
  await broker.current.shop.query(
    `alter table orders disable trigger all;
     create sequence calls;
     create function called() returns bigint language plpgsql immutable
       as $$ begin return nextval('calls'); end $$;
     grant all on sequence calls to app_owner; grant create on schema public to app_owner;
     create table roomy (id int); alter table roomy owner to app_owner`,
  );
});

describe('in the extended protocol, a statement under review', () => {
  test('is prepared at once, and held with its parameters; node-postgres waits for its result', async () => {
    const connection = await broker.current.connection('owner');
    const client = await broker.current.client(connection);
    const before = await left();
    const result = client.query(DELETE, [before[0]]);
    const hold = await heldBy(broker.current, connection);
    expect(hold).toMatchObject({ text: DELETE, parameters: [String(before[0])], rule: 'deletes-of-orders' });
    expect(await left()).toEqual(before);
    await decide(broker.current, hold);
    expect((await result).rowCount).toBe(1);
    expect(await left()).toEqual(before.slice(1));
    const denied = client.query(DELETE, [before[1]]);
    const second = await heldBy(broker.current, connection, { count: 2 });
    const [error] = await Promise.all([
      denied.catch((reason: unknown) => reason),
      decide(broker.current, second, { verdict: 'deny', note: 'paid already' }),
    ]);
    expect(error).toMatchObject({ code: '42501', message: `${second.id} was denied by Dana: paid already` });
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await client.end();
    const session = await broker.current.endedSession(connection.username);
    expect(session.counts).toMatchObject({ commands: 3, held: 2, denied: 1 });
    const events = await broker.current.events(session.id);
    expect(holdsIn(events)).toEqual([
      '1 review',
      '2 review',
      '2 held',
      '2 approved',
      '2 done',
      '3 review',
      '4 review',
      '4 held',
      '4 denied',
      '5 allow',
      '5 done',
    ]);
    expect(events.filter(({ type }) => type === 'statement')).toMatchObject([
      { protocol: 'prepare', parameters: [] },
      { protocol: 'execute', parameters: [String(before[0])] },
      {},
      { protocol: 'execute', parameters: [String(before[1])] },
      { protocol: 'simple' },
    ]);
  });

  test('holds what is pipelined behind it, and lets what was before it through', async () => {
    const connection = await broker.current.connection('owner');
    const client = await logIn(connection);
    const [first] = await left();
    client.send(
      ...run("select 'before'"),
      ...run(DELETE, [String(first)]),
      ...run("select 'with it'"),
      encodeSync(),
      ...run("select 'after'"),
      encodeSync(),
    );
    const before = await client.until('N');
    expect(lettersOf(before)).toBe('12TDC1N');
    await approveNext(broker.current, connection);
    const after = await client.until('Z', 2);
    expect(lettersOf(after)).toBe('N2nC12TDCZ12TDCZ');
    expect(rowsOf(after)).toEqual([['with it'], ['after']]);
    expect(await left()).not.toContain(first);
  });

  test('that is denied fails its pipeline up to the Sync, and takes back what that did', async () => {
    const connection = await broker.current.connection('owner');
    const client = await logIn(connection);
    const [first] = await left();
    client.send(
      ...run("update customers set city = 'Held' where id = 1"),
      ...run(DELETE, [String(first)]),
      ...run("update customers set city = 'Held' where id = 2"),
      encodeSync(),
      ...run("select count(*) from customers where city = 'Held'"),
      encodeSync(),
    );
    await decide(broker.current, await heldBy(broker.current, connection), { verdict: 'deny', note: 'no' });
    const messages = await client.until('Z', 2);
    expect(lettersOf(messages)).toBe('12nC1NEZ12TDCZ');
    expect(statusesOf(messages)).toBe('II');
    expect(rowsOf(messages)).toEqual([['0']]);
    expect(await left()).toContain(first);
  });

  test('asks nobody when an earlier message of its pipeline failed', async () => {
    const connection = await broker.current.connection('owner');
    const client = await logIn(connection);
    client.send(...run('select 1/count(*) from customers where false'), ...run(DELETE, ['1']), encodeSync());
    const messages = await client.until('Z');
    expect(errorsOf(messages)).toMatchObject([{ code: '22012' }]);
    expect(lettersOf(messages)).toBe('12TEZ');
    client.send(encodeTerminate());
    client.socket.end();
    await broker.current.endedSession(connection.username);
    expect(await holdsOf(broker.current, connection)).toEqual([]);
  });

  test('is withdrawn by a cancel request, and by a client that goes away', async () => {
    const connection = await broker.current.connection('owner');
    const client = await logIn(connection);
    const before = await left();
    client.send(...run(DELETE, [String(before[0])]), encodeSync());
    await client.until('N');
    const canceller = new RawClient(connection.port);
    canceller.send(encodeCancelRequest(client.keyData ?? { processId: 0, key: Buffer.alloc(4) }));
    await canceller.untilClosed();
    const messages = await client.until('Z');
    expect(lettersOf(messages)).toBe('EZ');
    expect(errorsOf(messages)).toMatchObject([{ code: '57014' }]);
    await heldBy(broker.current, connection, { state: 'withdrawn' });
    client.send(...run(DELETE, [String(before[0])]), encodeSync());
    await heldBy(broker.current, connection, { count: 2 });
    client.close();
    await heldBy(broker.current, connection, { count: 2, state: 'withdrawn' });
    expect(await left()).toEqual(before);
  });

  test('runs outside a transaction block where it has to', async () => {
    const connection = await broker.current.connection('owner');
    const client = await logIn(connection);
    client.send(...run('vacuum roomy'), encodeSync());
    await approveNext(broker.current, connection);
    expect(errorsOf(await client.until('Z'))).toEqual([]);
  });

  test('runs in the transaction that the client began, whose changes it sees', async () => {
    const connection = await broker.current.connection('owner');
    const client = await logIn(connection);
    client.send(
      ...run('begin'),
      ...run('create table made (id int)'),
      ...run('drop table made'),
      ...run('commit'),
      encodeSync(),
    );
    await approveNext(broker.current, connection);
    const messages = await client.until('Z');
    expect(errorsOf(messages)).toEqual([]);
    expect(statusesOf(messages)).toBe('I');
  });

  test('has run no function of the database before it is approved, not even in planning', async () => {
    const connection = await broker.current.connection('owner');
    const client = await logIn(connection);
    const calls = (): Promise<{ is_called: boolean }[]> =>
      broker.current.shop.query('select is_called from calls');
    client.send(...run('select called() > 0'), encodeSync());
    const hold = await heldBy(broker.current, connection);
    expect(await calls()).toEqual([{ is_called: false }]);
    await decide(broker.current, hold);
    expect(rowsOf(await client.until('Z'))).toEqual([['t']]);
    expect(await calls()).toEqual([{ is_called: true }]);
  });

  test('is approved for one run: all its rows, however they are fetched, and no other run', async () => {
    const connection = await broker.current.connection('owner');
    const client = await logIn(connection);
    const text = 'select id from payments order by id limit 3';
    client.send(parse(text, 's'), bind([], { statement: 's', portal: 'p' }), execute('p', 2), encodeFlush());
    await approveNext(broker.current, connection);
    expect(rowsOf(await client.until('s'))).toEqual([['1'], ['2']]);
    client.send(execute('p', 2), encodeSync());
    expect(rowsOf(await client.until('Z'))).toEqual([['3']]);
    client.send(bind([], { statement: 's' }), execute(), encodeSync());
    await heldBy(broker.current, connection, { count: 2 });
    await sleep(50);
    expect(rowsOf(client.received)).toEqual([]);
  });

  test('approved for the session covers the same parameters only', async () => {
    const connection = await broker.current.connection('owner');
    const client = await logIn(connection);
    client.send(
      parse('select count(*) from payments where id = $1', 's'),
      bind(['1'], { statement: 's' }),
      execute(),
      encodeSync(),
    );
    await decide(broker.current, await heldBy(broker.current, connection), { scope: 'session' });
    await client.until('Z');
    client.send(bind(['1'], { statement: 's' }), execute(), encodeSync());
    expect(rowsOf(await client.until('Z'))).toEqual([['1']]);
    client.send(bind(['2'], { statement: 's' }), execute(), encodeSync());
    const second = await heldBy(broker.current, connection, { count: 2 });
    expect(second.parameters).toEqual(['2']);
    await decide(broker.current, second, { verdict: 'deny', note: 'no' });
    expect(errorsOf(await client.until('Z'))).toHaveLength(1);
    // The same text and values, but read as something else.
    client.send(
      parse('select count(*) from payments where id = $1', 't', [23]),
      bind(['1'], { statement: 't' }),
      execute(),
      encodeSync(),
    );
    await heldBy(broker.current, connection, { count: 3 });
  });

  test('cannot be approved when its parameters could not be shown in full', async () => {
    const connection = await broker.current.connection('owner');
    const client = await logIn(connection);
    client.send(
      ...run('select count(*) from payments where card_number = $1', ['4'.repeat(9_000)]),
      encodeSync(),
    );
    const messages = await client.until('Z');
    expect(errorsOf(messages)).toMatchObject([{ code: '54000' }]);
    expect(await holdsOf(broker.current, connection)).toEqual([]);
  });

  test('cannot be run by a name that SQL gives it', async () => {
    const connection = await broker.current.connection('owner');
    const client = await logIn(connection);
    client.send(
      encodeQuery('prepare again as delete from orders where id = 1'),
      encodeQuery('execute again'),
    );
    const messages = await client.until('Z', 2);
    expect(errorsOf(messages).map(({ code }) => code)).toEqual(['42501', '26000']);
  });
});

test('what stands before a held statement is not forwarded before its verdict is written', async () => {
  const { shop, connection } = broker.current;
  await shop.query('create table forwarded (n int); grant all on forwarded to public');
  const client = await logIn(await connection('owner'));
  const release = vi.spyOn(Gate.prototype, 'release').mockImplementation(() => undefined);
  try {
    client.send(encodeQuery('insert into forwarded values (1)'), encodeQuery('drop table roomy'));
    while (release.mock.calls.length === 0) await sleep(10);
    await sleep(300);
    expect(await shop.query('select n from forwarded')).toEqual([]);
  } finally {
    release.mockRestore();
    client.close();
  }
});
