import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as extended from '../../../src/broker/postgres/codec/frontend-extended.ts';
import {
  encodeCopyData,
  encodeCopyDone,
  encodeCopyFail,
  encodeQuery,
  encodeSync,
  encodeTerminate,
} from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { tries } from '../../support/thoroughness.ts';
import { type Connection, useBroker } from './broker-harness.ts';
import { errorsOf, lettersOf, RawClient, rowsOf, statusesOf } from './raw-client.ts';

const broker = useBroker();

const RUNS = tries({ byDay: 20, byNight: 500 });

const sql = fc.constantFrom(
  'select 1',
  'select id, city from customers order by id limit 2',
  'select 1/0',
  'select nothing from nowhere',
  'begin',
  'commit',
  'rollback',
  'savepoint a',
  'rollback to a',
  "select 'a'; select 'b'",
  "select 'a'; select 1/0; select 'c'",
  '',
  'discard all',
  'show timezone',
  "set timezone = 'UTC'",
  'copy (select 1, 2) to stdout',
);
/** Names given in SQL. The protocol may not mean these in Bind and Execute: that is refused, see below. */
const namesInSql = fc.constantFrom(
  'begin',
  'declare c cursor for select id from customers order by id',
  'fetch 2 from c',
  'close c',
  'prepare s as select 7',
  'execute s',
  'deallocate s',
  'commit',
);
const name = fc.constantFrom('', 'a');
const message = fc.oneof(
  sql.map((text) => encodeQuery(text)),
  fc.tuple(name, sql).map(([of, text]) => extended.encodeParse({ name: of, text })),
  fc
    .tuple(name, name, fc.constantFrom<extended.Format[]>([], [1]))
    .map(([portal, statement, resultFormats]) =>
      extended.encodeBind({ portal, statement, parameterFormats: [], parameters: [], resultFormats }),
    ),
  fc
    .tuple(name, fc.constantFrom(0, 1))
    .map(([portal, rowsMax]) => extended.encodeExecute({ portal, rowsMax })),
  fc
    .record({ target: fc.constantFrom<'statement' | 'portal'>('statement', 'portal'), name })
    .map(extended.encodeDescribe),
  fc
    .record({ target: fc.constantFrom<'statement' | 'portal'>('statement', 'portal'), name })
    .map(extended.encodeClose),
  fc.constant(encodeSync()),
);

const conversation = fc.oneof(
  { weight: 3, arbitrary: fc.array(message, { maxLength: 14 }) },
  {
    weight: 1,
    arbitrary: fc.array(
      fc.oneof(sql, namesInSql).map((text) => encodeQuery(text)),
      { maxLength: 14 },
    ),
  },
);

/** What a client sees of a whole conversation, without what differs between any two connections. */
async function converse(connection: Connection, messages: readonly Buffer[]): Promise<unknown> {
  const client = await RawClient.logIn(connection);
  try {
    // After its goodbye the target answers everything and closes.
    client.send(...messages, encodeSync(), encodeTerminate());
    const received = await client.untilClosed();
    return {
      letters: lettersOf(received.filter(({ type }) => type !== 'S' && type !== 'N')),
      rows: rowsOf(received),
      errors: errorsOf(received).map(({ code }) => code),
      statuses: statusesOf(received),
    };
  } finally {
    client.close();
  }
}

test('any conversation of allowed messages looks through the broker as it looks without it', async () => {
  const { shop } = broker.current;
  const proxied = await broker.current.connection('write');
  const direct: Connection = {
    ...proxied,
    port: shop.port,
    username: shop.credentials.writer.username,
    password: shop.credentials.writer.password,
  };
  await fc.assert(
    fc.asyncProperty(conversation, async (messages) => {
      const [expected, seen] = [await converse(direct, messages), await converse(proxied, messages)];
      expect(seen).toEqual(expected);
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: 80_000 },
  );
}, 120_000);

test('a copy that fails on either side leaves the conversation in step', async () => {
  const { shop } = broker.current;
  const proxied = await broker.current.connection('write');
  const client = await RawClient.logIn(proxied);
  const copy = encodeQuery('copy orders (customer_id, item, status, total) from stdin');
  client.send(copy);
  await client.until('G');
  client.send(
    encodeCopyData(Buffer.from('not a number\tx\ty\tz\n')),
    encodeCopyData(Buffer.from('1\ta\tb\t1.00\n')),
    encodeCopyDone(),
    encodeQuery('select 1'),
  );
  expect(lettersOf(await client.until('Z', 2))).toBe('EZTDCZ');
  client.send(copy);
  await client.until('G');
  client.send(
    encodeCopyData(Buffer.from('1\ta\tb\t98.76\n')),
    encodeCopyFail('changed my mind'),
    encodeQuery('select 2'),
  );
  expect(lettersOf(await client.until('Z', 2))).toBe('EZTDCZ');
  client.send(
    encodeQuery(
      'copy orders (customer_id, item, status, total) from stdin; copy orders (customer_id, item, status, total) from stdin',
    ),
  );
  await client.until('G');
  client.send(encodeCopyDone(), encodeCopyDone(), encodeQuery('select 3'));
  expect(lettersOf(await client.until('Z', 2))).toBe('CGCZTDCZ');
  expect(await shop.query('select from orders where total = 98.76')).toEqual([]);
  client.close();
});
