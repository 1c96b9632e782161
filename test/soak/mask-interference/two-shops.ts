/**
 * Two databases that differ in nothing but the values under masks: other email addresses, telephone and card
 * numbers, equal in other places and in another order. Whatever can be told apart through the masks is a leak.
 */
import pg from 'pg';
import type { Mask } from '../../../src/policies/document/schema.ts';
import {
  CATALOG_QUERY,
  DEFINITION_QUERY,
  parseCatalog,
  parseDefinitions,
} from '../../../src/policies/masks/catalog.ts';
import { compileMaskPlan } from '../../../src/policies/masks/compile-plan.ts';
import type { MaskPlan } from '../../../src/policies/masks/plan.ts';
import { createTestShop, type TestShop } from '../../support/database.ts';

/** What a random query may read: tables, partitions and views, some with masked columns and some without. */
export const COLUMNS_OF = {
  customers: ['id', 'name', 'email', 'phone', 'city', 'created_at'],
  orders: ['id', 'customer_id', 'item', 'status', 'total', 'placed_at', 'email'],
  payments: ['id', 'order_id', 'card_brand', 'card_number', 'amount', 'status', 'paid_at'],
  payment_overview: ['id', 'name', 'email', 'card_number', 'amount', 'status'],
  staff: ['id', 'name'],
  events: ['id', 'at', 'email'],
  events_2026: ['id', 'at', 'email'],
  contacts: ['id', 'name', 'contact'],
  totals: ['id', 'name'],
  mixed: ['id', 'name', 'email', 'contact'],
  again: ['name', 'id'],
  looked_up: ['id', 'email', 'name'],
  everything: ['id', 'name', 'email', 'card_number', 'amount', 'status'],
  either_of: ['id', 'name', 'email'],
  kept: ['id', 'name', 'email'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type TableName = keyof typeof COLUMNS_OF;

const MASKS: readonly Mask[] = [
  { name: 'card-numbers', columns: ['*.payments.card_number'], with: { keepLast: 4 } },
  { name: 'contact', columns: ['public.customers.email', 'public.customers.phone'], with: 'redact' },
  { name: 'events', columns: ['public.events.email'], with: { keepFirst: 2 } },
];

/** Few rows, so that joins stay small; unmasked columns share names and values with masked ones. */
const COMMON_PART = `
  create table staff (id int primary key, name text);
  create table events (id int, at date, email text) partition by range (at);
  create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');
  create view contacts as select id, name, email as contact from customers;
  create view totals as select customer_id as id, sum(total)::text as name from orders group by customer_id;
  create view mixed as
    select c.id, c.name, upper(c.email) as email, o.item as contact
    from customers c left join orders o on o.customer_id = c.id;
  create view again as select contact as name, id from contacts;
  create view looked_up as
    select o.id, (select c.email from customers c where c.id = o.customer_id) as email, o.status as name from orders o;
  create view everything as select * from payment_overview;
  create view either_of as select id, name, email from customers union all select id, status, item from orders;
  create materialized view kept as select id, name, email from customers;
  alter table orders add column email text;
  alter table customers alter column phone drop not null;
  delete from customers where id > 12;
  delete from orders where id > 15;
  update customers set name = 'n' || id % 5;
  update orders set email = case when id % 2 = 0 then 'c' || id || '@example.com' else 'z1@sample.org' end;
  insert into staff select i, case when i % 2 = 0 then 'n' || i else 'c1@example.com' end from generate_series(1, 6) i;
  insert into events select i, date '2026-02-01' + i, null from generate_series(1, 8) i;`;

/** What the masks keep (four last digits, two first letters, the length) is the same in both. */
const MASKED_VALUES = [
  `update customers set email = 'c' || (id * 7) % 13 || '@example.com', phone = '+49' || id;
   update payments set card_number = '41111111' || lpad(id::text, 4, '0');
   update events set email = 'ab' || lpad(id::text, 4, 'x');`,
  `update customers set email = 'z' || (id * 5) % 13 || '@sample.example',
                        phone = case when id % 3 = 0 then null else '+1' || id % 4 end;
   update payments set card_number = '52' || lpad((id % 3)::text, 6, '7') || lpad(id::text, 4, '0');
   update events set email = 'ab' || lpad((id % 2)::text, 4, 'y');`,
] as const;

export interface MaskedShop {
  readonly client: pg.Client;
  readonly plan: MaskPlan;
}

export interface TwoShops {
  readonly shops: readonly [MaskedShop, MaskedShop];
  close(): Promise<void>;
}

export async function openTwoShops(): Promise<TwoShops> {
  const [one, two] = [await createTestShop(), await createTestShop()];
  const shops = [await prepare(one, MASKED_VALUES[0]), await prepare(two, MASKED_VALUES[1])] as const;
  return {
    shops,
    close: async () => {
      for (const { client } of shops) await client.end();
      for (const shop of [one, two]) await shop.drop();
    },
  };
}

async function prepare(shop: TestShop, maskedValues: string): Promise<MaskedShop> {
  // The values as the relay sees them: text, not what a client library makes of it.
  const types = { getTypeParser: () => (value: unknown) => value };
  const client = new pg.Client({ connectionString: shop.url.reveal(), types });
  await client.connect();
  await client.query(COMMON_PART);
  await client.query(maskedValues);
  await client.query('refresh materialized view kept');
  await client.query("set search_path = ''");
  const definitions = parseDefinitions((await client.query(DEFINITION_QUERY)).rows);
  await client.query('reset search_path');
  const { rows } = await client.query(CATALOG_QUERY);
  return { client, plan: compileMaskPlan({ masks: MASKS, catalog: parseCatalog(rows, definitions) }) };
}
