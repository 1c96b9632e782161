import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  encodeBind,
  encodeDescribe,
  encodeExecute,
  encodeParse,
} from '../../../src/broker/postgres/codec/frontend-extended.ts';
import { encodeQuery, encodeSync } from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { parseDataRow } from '../../../src/broker/postgres/codec/rows.ts';
import { useBroker } from './broker-harness.ts';
import { RawClient, type Received } from './raw-client.ts';

const CARD = '4111111111111111';
const SPACED = '5500 0000 0000 0004';
const IBAN = 'DE89 3704 0044 0532 0130 00';
const AWS = 'AKIAIOSFODNN7EXAMPLE';
const KEY = '-----BEGIN PRIVATE KEY-----\nMIIBOgIBAAJBAKj34GkxFhD9\n-----END PRIVATE KEY-----';
/** None of these may be in anything that the broker sends or records. */
const SECRETS = [CARD, SPACED, IBAN, AWS, 'MIIBOgIBAAJBAKj34GkxFhD9'];

const broker = useBroker({
  masks: `
  - { name: cards, detect: [credit-card], with: { keepLast: 4 } }
  - { name: accounts, detect: [iban], with: 'null' }
  - { name: keys, detect: [aws-key, private-key, jwt], with: redact }
  - { name: emails, columns: [public.customers.email], with: redact }`,
});

let client: RawClient;
let username = '';

beforeAll(async () => {
  const { shop } = broker.current;
  await shop.query(
    'create table notes (id int, words text, number bigint, exact numeric, data bytea, plain json, doc jsonb, list text[], numbers bigint[])',
  );
  await shop.query('grant select on notes to public');
  await shop.query(
    `insert into notes values
      (1, 'nothing here, task 12-34 of 2024-01-01 12:00:00', 1234567890123, 3.14, '\\x00ff10', '{"a": 1.50}', '{"a": [1, 2]}', '{a,b}', '{1,2}'),
      (2, $1, $2::text::bigint, $2::text::numeric, convert_to($3, 'UTF8'), $4::json, $5::jsonb, array['x', $6::text], array[$2::text::bigint]),
      (3, $7, 1, 1, '\\x', '{}', '{}', '{}', '{}')`,
    [
      `card ${CARD}, key ${AWS}.`,
      CARD,
      `secret: ${KEY}`,
      '{"card": "\\u0034111111111111111", "n": 1.50}',
      JSON.stringify({ card: Number(CARD), keep: 'this' }),
      SPACED,
      IBAN,
    ],
  );
  const connection = await broker.current.connection('owner');
  username = connection.username;
  client = await RawClient.logIn(connection);
});
afterAll(() => client.close());

async function query(text: string): Promise<Received[]> {
  client.send(encodeQuery(text));
  return client.until('Z');
}

async function inBinary(text: string): Promise<Received[]> {
  client.send(
    encodeParse({ name: '', text }),
    encodeBind({ portal: '', statement: '', parameterFormats: [], parameters: [], resultFormats: [1] }),
    encodeDescribe({ target: 'portal', name: '' }),
    encodeExecute({ portal: '', rowsMax: 0 }),
    encodeSync(),
  );
  return client.until('Z');
}

/** Values of the only row as text. */
const valuesIn = (messages: readonly Received[]): (string | null)[] =>
  messages
    .filter(({ type }) => type === 'D')
    .flatMap(({ body }) => parseDataRow(body))
    .map((value) => value?.toString('utf8') ?? null);
const textOf = (messages: readonly Received[]): string =>
  Buffer.concat(messages.map(({ body }) => body)).toString('utf8');
const copied = (messages: readonly Received[]): Buffer =>
  Buffer.concat(messages.filter(({ type }) => type === 'd').map(({ body }) => body));

function expectNoSecret(messages: readonly Received[]): void {
  const bytes = Buffer.concat(messages.map(({ body }) => body));
  const card = Buffer.alloc(8);
  card.writeBigInt64BE(BigInt(CARD));
  expect(SECRETS.filter((secret) => bytes.includes(secret))).toEqual([]);
  expect(
    SECRETS.filter((secret) => bytes.toString('latin1').includes(Buffer.from(secret).toString('hex'))),
  ).toEqual([]);
  expect(bytes.includes(card)).toBe(false);
}

describe('results', () => {
  test.each([
    ['words', 'card ************1111, key ***.'],
    ['number', '************1111'],
    ['exact', '************1111'],
    ["convert_from(data, 'UTF8')", 'secret: ***'],
    ['data', `\\x${Buffer.from('secret: ***').toString('hex')}`],
    ['plain', '{"card": "************1111", "n": 1.50}'],
    ['doc', '{"card": "************1111", "keep": "this"}'],
    ['list', '{x,"***************0004"}'],
    ['numbers', '{************1111}'],
    ["words || ' and ' || list::text", 'card ************1111, key ***. and {x,"***************0004"}'],
  ])('in text: %s', async (column, shown) => {
    const received = await query(`select ${column} from notes where id = 2`);
    expectNoSecret(received);
    expect(valuesIn(received)).toEqual([shown]);
  });

  test.each([
    ['words', 'card ************1111, key ***.'],
    ['number', null],
    ['exact', null],
    ['data', 'secret: ***'],
    ['plain', '{"card": "************1111", "n": 1.50}'],
    ['doc', '\u0001{"card": "************1111", "keep": "this"}'],
    ['list', null],
    ['numbers', null],
    ['row(words, number)', null],
    ['array[number, 2]', null],
  ])('in binary: %s', async (column, shown) => {
    const received = await inBinary(`select ${column} from notes where id = 2`);
    expectNoSecret(received);
    expect(valuesIn(received)).toEqual([shown]);
  });

  test('a mask that shows NULL takes the whole value', async () => {
    expect(valuesIn(await query('select words from notes where id = 3'))).toEqual([null]);
  });

  test('masks of columns hold beside it', async () => {
    const received = await query(`select email, '${CARD}' from customers limit 1`);
    expect(valuesIn(received)).toEqual(['***', '************1111']);
  });

  test('what has nothing to hide is the same, byte for byte', async () => {
    const select = 'select * from notes where id = 1';
    const direct = await broker.current.shop.query<Record<string, unknown>>(
      'select notes::text as row from notes where id = 1',
    );
    const text = valuesIn(await query(`select notes::text from notes where id = 1`));
    expect(text).toEqual([direct[0]?.['row']]);
    for (const received of [await query(select), await inBinary(select)]) {
      expect(received.filter(({ type }) => type === 'D')).toHaveLength(1);
      expect(textOf(received)).not.toContain('*');
    }
  });

  test('many rows, of which few have something to hide, in chunks as they come', async () => {
    const received = await query(
      `select n, case when n % 997 = 0 then '${CARD}' else repeat('row ' || n, 10) end from generate_series(1, 20000) n`,
    );
    expectNoSecret(received);
    const cells = valuesIn(received);
    expect(cells).toHaveLength(40_000);
    expect(cells.filter((cell) => cell === '************1111')).toHaveLength(20);
    expect(cells[1]).toBe('row 1'.repeat(10));
    expect(cells[39_999]).toBe('row 20000'.repeat(10));
  });
});

describe('everything else that a target sends', () => {
  test.each(['text', 'csv'])('a copy in %s', async (format) => {
    const received = await query(
      `copy (select id, words, number from notes where id < 3) to stdout (format ${format})`,
    );
    expectNoSecret(received);
    const lines = copied(received).toString('utf8');
    expect(lines).toContain('card ************1111, key ***.');
    expect(lines).toContain('nothing here, task 12-34');
    expect(lines).toContain('1234567890123');
  });

  test('a copy in text, where a secret stands behind an escaped tab or line end', async () => {
    const received = await query(`copy (select E'a\\t${AWS}\\n${AWS}\\\\t') to stdout`);
    expectNoSecret(received);
    expect(copied(received).toString('utf8')).toBe('a\\t***\\n***\\\\t\n');
  });

  test.each(['text', 'csv'])('bytes in a copy in %s, which come as hexadecimal digits', async (format) => {
    const hex = (text: string): string => Buffer.from(text).toString('hex');
    const received = await query(
      `copy (select '\\x${hex(`key ${AWS}.`)}'::bytea, 'beside', '\\x${hex('nothing')}'::bytea) to stdout (format ${format})`,
    );
    expectNoSecret(received);
    const line = copied(received).toString('latin1');
    expect(line).not.toContain(hex(AWS));
    expect(line).toContain(hex('key ***.'));
    expect(line).toContain('beside');
    expect(line).toContain(hex('nothing'));
  });

  test('a copy in binary is one that PostgreSQL reads', async () => {
    const received = await query('copy (select words, number, doc, id from notes) to stdout (format binary)');
    expectNoSecret(received);
    const bytes = copied(received);
    expect(bytes.subarray(0, 7).toString('latin1')).toBe('PGCOPY\n');
    expect(bytes.subarray(-2).toString('hex')).toBe('ffff');
    expect(bytes.includes('card ************1111, key ***.')).toBe(true);
  });

  test('errors and notices', async () => {
    const cast = await query('select words::int from notes where id = 2');
    expectNoSecret(cast);
    expect(textOf(cast)).toContain('card ************1111, key ***.');
    const noticed = await query(`drop table if exists "pay ${CARD}"`);
    expectNoSecret(noticed);
    expect(textOf(noticed)).toContain('pay ************1111');
  });

  test('notifications and parameters', async () => {
    await query('listen here');
    const notified = await query(`notify here, 'pay ${CARD}'`);
    expect(textOf(notified)).toContain('pay ************1111');
    expectNoSecret(notified);
    expectNoSecret(await query(`select set_config('application_name', '${AWS}', false)`));
  });

  test('content of large objects', async () => {
    const received = await query(`select lo_get(lo_from_bytea(0, convert_to('${KEY}', 'UTF8')))`);
    expectNoSecret(received);
  });
});

test('the recording has the masked view of results, and counts what was masked', async () => {
  client.close();
  const session = await broker.current.endedSession(username);
  expect(session.counts.maskedCells).toBeGreaterThan(40);
  const events = await broker.current.events(session.id);
  const results = JSON.stringify(events.filter(({ type }) => type === 'rows' || type === 'outcome'));
  expect(results).toContain('card ************1111');
  expect(SECRETS.filter((secret) => results.includes(secret))).toEqual([]);
  const outcome = events.find((event) => event.type === 'outcome' && event.maskedCells === 20);
  expect(outcome).toMatchObject({ rows: 20_000 });
});

describe('where no mask names columns', () => {
  beforeAll(() => {
    const { access, policy } = broker.current;
    access.applyPolicy(policy.replace(/^.*name: emails.*$/m, ''));
  });

  test('a cursor that is another than when its FETCH was described', async () => {
    const other = await RawClient.logIn(await broker.current.connection('owner'));
    const ask = async (...messages: Buffer[]): Promise<Received[]> => {
      other.send(...messages);
      return other.until('Z');
    };
    await ask(encodeQuery('begin; declare c cursor for select 1'));
    const describeStatement = encodeDescribe({ target: 'statement', name: 's' });
    await ask(encodeParse({ name: 's', text: 'fetch c' }), describeStatement, encodeSync());
    await ask(encodeQuery('close c; declare c cursor for select data from notes where id = 2'));
    const received = await ask(
      encodeBind({ portal: '', statement: 's', parameterFormats: [], parameters: [], resultFormats: [] }),
      encodeExecute({ portal: '', rowsMax: 0 }),
      encodeSync(),
    );
    other.close();
    expect(valuesIn(received)).toEqual([`\\x${Buffer.from('secret: ***').toString('hex')}`]);
  });
});
