import { describe, expect, test } from 'vitest';
import { runPsql } from '../../support/psql.ts';
import { useBroker } from './broker-harness.ts';

const broker = useBroker({
  masks: `
  - { name: contact, columns: ["public.customers.email"], with: redact }
  - { name: cards, columns: ["*.payments.card_number"], with: { keepLast: 4 } }`,
});

describe('psql through the broker', () => {
  test('reads rows over TLS, with masked columns masked', async () => {
    const connection = await broker.current.connection('read');
    const result = await runPsql({
      url: `${connection.url}?sslmode=require`,
      commands: [
        'select id, email from customers order by id limit 2',
        'select card_number from payments order by id limit 1',
      ],
    });
    expect(result.stderr).toBe('');
    expect(result.code).toBe(0);
    const [first, second, card] = result.stdout.trim().split('\n');
    expect(first).toBe('1|***');
    expect(second).toBe('2|***');
    expect(card).toMatch(/^\*+\d{4}$/);
  });

  test('refuses a DELETE without WHERE with the message of the rule, and the rows stay', async () => {
    const { shop } = broker.current;
    const before = await shop.query<{ count: string }>('select count(*) from customers');
    const connection = await broker.current.connection('write');
    const result = await runPsql({ url: connection.url, commands: ['DELETE FROM customers'] });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('ERROR:  Add a WHERE clause. Whole-table writes need a migration.');
    expect(result.stderr).toContain('Rule: no-unbounded-writes.');
    expect(await shop.query('select count(*) from customers')).toEqual(before);
  });

  test.each([
    'with gone as (delete from customers returning id) select count(*) from gone',
    'explain analyze delete from customers',
    'do $$ begin delete from customers; end $$',
    'drop  table/**/customers',
    "copy customers to program 'cat'",
    'select 1; delete from customers',
    'prepare p as delete from customers',
  ])('refuses what hides in: %s', async (statement) => {
    const { shop } = broker.current;
    const before = await shop.query('select count(*) from customers');
    const connection = await broker.current.connection('write');
    const result = await runPsql({ url: connection.url, commands: [statement] });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('The statement did not reach orders-db.');
    expect(await shop.query('select count(*) from customers')).toEqual(before);
  });

  test('a denied statement inside a script leaves the transaction rolled back', async () => {
    const { shop } = broker.current;
    const connection = await broker.current.connection('write');
    const input =
      "begin;\nupdate customers set city = 'Half' where id = 2;\ndelete from customers;\ncommit;\nselect 'after';\n";
    const result = await runPsql({ url: connection.url, input, arguments: ['--quiet'] });
    expect(result.stdout.trim()).toBe('after');
    expect(result.stderr).toContain('Add a WHERE clause');
    expect(await shop.query("select from customers where city = 'Half'")).toEqual([]);
  });

  test('describes tables, completes names and shows its own messages as usual', async () => {
    const connection = await broker.current.connection('read');
    for (const command of ['\\d customers', '\\dt', '\\dn', '\\du', '\\df', '\\conninfo', '\\dv+']) {
      const result = await runPsql({ url: connection.url, commands: [command] });
      expect(result.stderr).toBe('');
      expect(result.code).toBe(0);
    }
  });

  test('copies out what is not masked and in what it may, and refuses to copy out what is masked', async () => {
    const { shop } = broker.current;
    const connection = await broker.current.connection('write');
    const out = await runPsql({
      url: connection.url,
      commands: ['\\copy (select id, city from customers order by id limit 3) to stdout'],
    });
    expect(out.stdout.trim().split('\n')).toHaveLength(3);
    const input =
      '\\copy orders (customer_id, item, status, total) from stdin\n1\tpen\topen\t55.01\n2\tpen\topen\t55.02\n\\.\n';
    const into = await runPsql({ url: connection.url, input });
    expect(into.stdout.trim()).toBe('COPY 2');
    expect(await shop.query('select from orders where total in (55.01, 55.02)')).toHaveLength(2);
    const masked = await runPsql({ url: connection.url, commands: ['\\copy customers to stdout'] });
    expect(masked.code).toBe(1);
    expect(masked.stdout).toBe('');
  });

  test('a statement of 10 MB is refused with its limit, and the next one runs', async () => {
    const connection = await broker.current.connection('read');
    const input = `select length('${'x'.repeat(10 * 1_048_576)}');\nselect 'next';\n`;
    const result = await runPsql({ url: connection.url, input });
    expect(result.stderr).toMatch(/The statement has 10485\d{3} bytes; at most 1048576 are judged/);
    expect(result.stdout.trim()).toBe('next');
  });

  test('a statement that is not UTF-8 is refused, and the next one runs', async () => {
    const connection = await broker.current.connection('read');
    const result = await runPsql({
      url: connection.url,
      input: Buffer.from("select 'caf\xe9';\nselect 'next';\n", 'latin1'),
    });
    expect(result.stderr).toContain('not valid UTF-8');
    expect(result.stdout.trim()).toBe('next');
  });

  test('a large result passes whole', async () => {
    const connection = await broker.current.connection('read');
    const result = await runPsql({
      url: connection.url,
      commands: ["select repeat('y', 1000) from generate_series(1, 20000)"],
    });
    expect(result.stdout.length).toBe(20_000 * 1_001);
  });
});
