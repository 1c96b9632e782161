import { beforeAll, expect, test } from 'vitest';
import { runPsql } from '../../support/psql.ts';
import { useBroker } from './broker-harness.ts';

const broker = useBroker({
  masks: '  - { name: contact, columns: ["public.customers.email"], with: redact }',
});

/** Each carries the e-mail addresses out, by a way that PostgreSQL's dependencies show differently. */
const LEAKING_VIEWS = {
  v_plain: 'select id, email as note from customers',
  v_whole: 'select c as whole, c.id from customers c',
  v_json: 'select row_to_json(c) as whole, c.id from customers c',
  v_text: 'select c::text as whole, c.id from customers c where c.id > 0',
  v_nested: 'select whole from v_json',
  v_all: 'select * from customers',
} as const;
const HARMLESS_VIEW = 'select id, city from customers';

beforeAll(async () => {
  const { shop } = broker.current;
  const views = { ...LEAKING_VIEWS, v_city: HARMLESS_VIEW };
  for (const [name, query] of Object.entries(views)) {
    await shop.query(`create view ${name} as ${query}`);
    await shop.query(`grant select on ${name} to public`);
  }
});

test.each(Object.keys(LEAKING_VIEWS))('no e-mail address comes out through the view %s', async (name) => {
  const { shop } = broker.current;
  const connection = await broker.current.connection('read');
  const [direct] = await shop.query<{ text: string }>(
    `select string_agg(v::text, '') as text from ${name} v`,
  );
  expect(direct?.text).toContain('@example.com');
  const { stdout, stderr } = await runPsql({ url: connection.url, commands: [`select * from ${name}`] });
  expect(stdout).not.toContain('@example.com');
  expect(`${stdout}${stderr}`).toContain('***');
});

test('a view that reads no masked column shows what it shows', async () => {
  const connection = await broker.current.connection('read');
  const commands = ['select * from v_city order by id limit 1'];
  const through = await runPsql({ url: connection.url, commands });
  const direct = await runPsql({ url: broker.current.shop.url.reveal(), commands });
  expect(through).toEqual(direct);
});
