/** Ways to read a masked value, tried against a real target: what comes back never holds one. */
import { describe, expect, test } from 'vitest';
import { useBroker } from './broker-harness.ts';

const broker = useBroker({
  masks: `
  - { name: contact, columns: ["public.customers.email", "public.customers.phone"], with: redact }`,
});

/** What a client reads of the statements, be it rows or an error. */
async function readOf(statements: readonly string[]): Promise<string> {
  const client = await broker.current.client(await broker.current.connection('write'));
  const read: unknown[] = [];
  client.on('notice', (notice) => read.push({ ...notice }, notice.message));
  for (const text of statements) {
    const answer = await client.query(text).catch((error: Error) => ({ ...error, message: error.message }));
    read.push('rows' in answer ? answer.rows : answer);
  }
  await client.end();
  return JSON.stringify(read);
}

const CHANGE = 'update customers set city = city where id = 1 returning';

const ATTEMPTS: readonly (readonly [string, readonly string[]])[] = [
  ['the row before, as JSON', [`${CHANGE} to_jsonb(old)`]],
  ['the row after, inside a function', [`${CHANGE} concat(new)`]],
  ['the row before, as a whole', [`${CHANGE} old`]],
  ['a function in attribute notation', [`${CHANGE} old.to_jsonb`]],
  ['the row before, called excluded', [`${CHANGE} with (old as excluded) lower(excluded.email)`]],
  [
    'the row before, called like a relation without masks',
    [`with u as (${CHANGE} with (old as orders) lower(orders.email) as x) select x from u, orders limit 1`],
  ],
  [
    'a row whose columns are counted wrongly',
    [
      'with q as (select 1::bigint as id, 1 as to_jsonb) ' +
        'select j.to_jsonb from (customers c join q using (id)) as j (a, b, c, d, e, f, g)',
    ],
  ],
  [
    'the error of a cursor that is filled at commit',
    [
      'begin',
      'declare c cursor with hold for select (email::text[])::text from customers where id = 1',
      'commit',
    ],
  ],
];

describe('a masked value does not come back', () => {
  test.each(ATTEMPTS)('by %s', async (_, statements) => {
    const [truth] = await broker.current.shop.query<{ email: string; phone: string }>(
      'select email, phone from customers where id = 1',
    );
    const read = await readOf(statements);
    expect(read.length).toBeGreaterThan(2);
    expect(read).not.toContain(truth?.email);
    expect(read).not.toContain(truth?.phone);
  });

  test('and a query that nests stars keeps nobody waiting', async () => {
    const depth = 60;
    const stars = `${'select *, * from ('.repeat(depth)}select 1 as a from customers${') s'.repeat(depth)}`;
    const startedAt = performance.now();
    // The target refuses it, because it has too many columns.
    expect(await readOf([stars])).toContain('1664');
    expect(performance.now() - startedAt).toBeLessThan(8_000);
  });
});
