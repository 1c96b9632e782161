import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeQuery } from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { closeUpstream } from '../../../src/broker/postgres/session-end.ts';
import { openSessionUpstream } from '../../../src/broker/postgres/upstream-session.ts';
import { messageOf } from '../../../src/core/errors.ts';
import { Secret } from '../../../src/core/secret.ts';
import { POLICY_DOCUMENT, type PostgresResource } from '../../../src/policies/document/schema.ts';
import type { TestShop } from '../../support/database.ts';
import { useDebianShop } from '../../support/debian-shop.ts';
import { useBroker } from './broker-harness.ts';
import { errorsOf, RawClient } from './raw-client.ts';

const SEARCH_PATH_TRAP = 'trap, pg_catalog';

const broker = useBroker({
  roles: `
      reader: { allow: all, readOnly: true, credential: { username: app_ro, password: { env: SHOP_READER } } }
      writer: { allow: [select], readOnly: true }
`,
});
const debian = useDebianShop();

const targets: readonly (readonly [string, () => TestShop])[] = [
  ['PostgreSQL 18', () => broker.current.shop],
  ["Debian's PostgreSQL", () => debian.current],
];

function resourceOf(shop: TestShop): PostgresResource {
  const [resource] = POLICY_DOCUMENT.parse({
    resources: [
      {
        name: 'orders-db',
        kind: 'postgres',
        address: `${shop.host}:${shop.port}`,
        database: shop.name,
        credential: { username: 'unused' },
        tls: { mode: 'disable' },
        roles: {},
      },
    ],
  }).resources;
  if (resource?.kind !== 'postgres') throw new Error('the resource of this test is a database');
  return resource;
}

/** Each: what lets a login write, what the refusal says, and, where the remedy is not a statement, what undoes it. */
const WAYS_TO_WRITE: readonly (readonly [string, string, string?])[] = [
  ['alter role {probe} superuser', 'is or can become the superuser', 'alter role {probe} nosuperuser'],
  ['alter role {probe} createrole', 'has the attribute CREATEROLE'],
  ['alter role {probe} createdb', 'has the attribute CREATEDB'],
  ['alter role {probe} replication', 'has the attribute REPLICATION'],
  [
    'grant pg_write_all_data to {probe}',
    'is a member of pg_write_all_data',
    'revoke pg_write_all_data from {probe}',
  ],
  [
    'grant pg_execute_server_program to {probe}',
    'is a member of pg_execute_server_program',
    'revoke pg_execute_server_program from {probe}',
  ],
  [
    'grant pg_write_server_files to {probe}',
    'is a member of pg_write_server_files',
    'revoke pg_write_server_files from {probe}',
  ],
  [
    'grant pg_signal_backend to {probe}',
    'is a member of pg_signal_backend',
    'revoke pg_signal_backend from {probe}',
  ],
  // Not inherited, so no privilege of the login itself; SET ROLE reaches it.
  [
    'alter role {probe} noinherit; grant app_rw to {probe}',
    'has DELETE on table public.customers through app_rw',
    'revoke app_rw from {probe}; alter role {probe} inherit',
  ],
  ['grant insert on orders to {probe}', 'has INSERT on table public.orders'],
  ['grant truncate on orders to {probe}', 'has TRUNCATE on table public.orders'],
  ['grant trigger on orders to {probe}', 'has TRIGGER on table public.orders'],
  ['grant update on payment_overview to {probe}', 'has UPDATE on table public.payment_overview'],
  ['grant delete on orders to public', 'has DELETE on table public.orders, as everyone does'],
  ['grant update (city) on customers to {probe}', 'has UPDATE on the column public.customers city'],
  ['grant usage on sequence orders_id_seq to {probe}', 'has USAGE on sequence public.orders_id_seq'],
  ['grant create on schema public to public', 'has CREATE on schema public, as everyone does'],
  ['grant create on database {database} to {probe}', 'has CREATE on database'],
  [
    'select lo_create(7000); grant update on large object 7000 to {probe}',
    'has UPDATE on large object 7000',
    'select lo_unlink(7000)',
  ],
  [
    'create table probed (); alter table probed owner to {probe}',
    'owns table public.probed',
    'drop table probed',
  ],
  [
    'create function probed() returns int language sql as $$ select 1 $$; alter function probed() owner to {probe}',
    'owns function public.probed()',
    'drop function probed()',
  ],
  ['create schema probed authorization {probe}', 'owns schema probed', 'drop schema probed'],
  ['grant alter system on parameter work_mem to {probe}', 'has ALTER SYSTEM on parameter work_mem'],
  [
    'grant set on parameter session_replication_role to {probe}',
    'has SET on parameter session_replication_role',
  ],
  [
    'alter role {probe} set lo_compat_privileges = on',
    'lo_compat_privileges is on',
    'alter role {probe} reset all',
  ],
  [
    'grant execute on function lo_export(oid, text) to {probe}',
    'has EXECUTE on function lo_export(oid,text)',
  ],
];

describe.each(targets)('the login of a read-only role, on %s', (_name, shopOf) => {
  const probe = `probe_${randomBytes(4).toString('hex')}`;
  const password = randomBytes(12).toString('hex');

  async function refusal(parameters: ReadonlyMap<string, string> = new Map()): Promise<string | null> {
    try {
      const { context, secretKey } = broker.current;
      const upstream = await openSessionUpstream(
        { access: context, secretKey },
        {
          grant: { id: 'g-aaaaaaaa', expiresAt: new Date() },
          resource: resourceOf(shopOf()),
          roleName: 'read',
          role: { allow: ['select'], readOnly: true },
          credential: { username: probe, password: new Secret(password) },
          parameters,
        },
      );
      await closeUpstream(upstream, { busy: false });
      return null;
    } catch (error) {
      return messageOf(error);
    }
  }
  let administrator: Client;
  const target = (text: string): Promise<object> =>
    administrator.query(text.replaceAll('{probe}', probe).replaceAll('{database}', shopOf().name));

  beforeAll(async () => {
    administrator = new Client({ connectionString: shopOf().url.reveal() });
    await administrator.connect();
    await target(
      `create role {probe} login password '${password}'; grant select on all tables in schema public to {probe}`,
    );
  });
  afterAll(async () => {
    await target('drop owned by {probe}; drop role {probe}');
    await administrator.end();
  });

  test('may read, whatever its own defaults are', async () => {
    expect(await refusal()).toBeNull();
    await target('alter role {probe} set default_transaction_read_only = off');
    expect(await refusal()).toBeNull();
    await target('alter role {probe} reset all');
  });

  test.each(WAYS_TO_WRITE.map(([grant, said, undo]) => ({ grant, said, undo })))(
    'is refused after: $grant',
    async ({ grant, said, undo }) => {
      await target(grant);
      const refused = await refusal();
      const remedy = /To help: (.+?)\. Nothing was connected\.$/s.exec(refused ?? '')?.[1] ?? '';
      // The remedy is a statement that a DBA can paste, unless it needs a choice.
      await target(undo ?? remedy);
      expect(refused).toContain(said);
      expect(refused).toMatch(/^The role read of orders-db is read-only, but its login /);
    },
  );

  test('may read again once all of that is taken away', async () => {
    expect(await refusal()).toBeNull();
  });

  test('is refused even when its search_path shadows the catalog', async () => {
    await target(`create schema trap; grant usage on schema trap to {probe};
      create view trap.pg_class as select * from pg_catalog.pg_class where false;
      create function trap.aclexplode(aclitem[], out grantor oid, out grantee oid, out privilege_type text, out is_grantable boolean)
        returns setof record language sql as 'select 0::oid, 0::oid, null::text, false where false';
      grant select on all tables in schema trap to {probe}; grant insert on orders to {probe}`);
    const refused = await refusal(new Map([['search_path', SEARCH_PATH_TRAP]]));
    await target('drop schema trap cascade; revoke insert on orders from {probe}');
    expect(refused).toContain('has INSERT on table public.orders');
  });
});

describe('a session of a read-only role', () => {
  test('does not begin with a login that can write, and the grant is not issued', async () => {
    await expect(broker.current.connection('writer')).rejects.toThrow(
      /its login has [A-Z]+ on table public\.\w+ through app_rw/,
    );
  });

  test('ends at its start when the login was given more since, and the client reads why', async () => {
    const connection = await broker.current.connection('reader');
    await broker.current.shop.query('grant update on orders to app_ro');
    const client = RawClient.logIn(connection);
    await expect(client).rejects.toThrow('closed before');
    await broker.current.shop.query('revoke update on orders from app_ro');
    const psql = await broker.current.client(connection);
    expect((await psql.query('show transaction_read_only')).rows).toEqual([{ transaction_read_only: 'on' }]);
    await psql.end();
  });

  /** Each got past a read-only transaction default, somewhere. */
  const WAYS_PAST = [
    "alter system set work_mem = '64MB'",
    'select 1; alter system reset all',
    "copy orders to program 'cat > /tmp/stolen'",
    "copy (select 1) to '/tmp/stolen'",
    'reindex table orders',
    'vacuum orders',
    'analyze orders',
    'cluster orders using orders_pkey',
    'lock table orders in access exclusive mode',
    'begin; lock table orders in row exclusive mode',
    'do $$ begin commit; set transaction read write; delete from orders; end $$',
    "do $$ begin perform set_config('transaction_read_only', 'off', false); delete from orders; end $$",
    'explain select immutable_writer()',
    'explain (analyze) delete from orders',
    'select immutable_writer()',
    'select definer_writer()',
    'call committing_writer()',
    'begin read write; delete from orders',
    'begin; set transaction read write; delete from orders',
    'set default_transaction_read_only = off; delete from orders',
    "select set_config('transaction_read_only', 'off', false); delete from orders",
    'set session characteristics as transaction read write',
    'reset default_transaction_read_only; delete from orders',
    'discard all; delete from orders',
    'set role app_owner; delete from orders',
    'set session authorization app_owner',
    "select nextval('orders_id_seq')",
    "select setval('orders_id_seq', 1)",
    'select lo_create(0)',
    "select lo_from_bytea(0, 'x')",
    "select lo_export(1, '/tmp/stolen')",
    'create temporary table scratch (id int)',
    'select * into temporary scratch from orders',
    'create table copied as select * from orders',
    'with gone as (delete from orders returning *) select count(*) from gone',
    'prepare gone as delete from orders; execute gone',
    'declare held cursor with hold for select id from orders for update',
    'select id from orders for update',
    "update pg_settings set setting = 'off' where name = 'transaction_read_only'",
    'select pg_terminate_backend(pg_backend_pid() + 1)',
    'select pg_reload_conf()',
    "select pg_logical_emit_message(false, 'x', 'y')",
    "prepare transaction 'stuck'",
    'checkpoint',
    "security label on table orders is 'x'",
    "comment on table orders is 'mine'",
    'refresh materialized view order_totals',
    'listen nothing; notify nothing; delete from orders',
    'alter role app_ro set default_transaction_read_only = off',
    "alter role app_ro password 'mine'",
    'alter database {database} set default_transaction_read_only = off',
    'grant insert on orders to app_ro',
    'truncate orders',
    'drop table orders',
    "merge into orders using customers on false when not matched then insert (customer_id, item, status, total) values (1, 'x', 'x', 1)",
  ];

  test('has no way to change the target', async () => {
    const { shop } = broker.current;
    await shop.query(`
      create function immutable_writer() returns int immutable language plpgsql as $$ begin delete from orders; return 1; end $$;
      create function definer_writer() returns int security definer language plpgsql as $$ begin
        delete from orders; return 1; end $$;
      create procedure committing_writer() security definer language plpgsql as $$ begin delete from orders; end $$;
      create materialized view order_totals as select sum(total) from orders;
      grant select on order_totals to app_ro`);
    const fingerprint = (): Promise<object[]> =>
      shop.query(`select (select count(*) from orders) as orders, (select count(*) from pg_class) as relations,
        (select count(*) from pg_largeobject_metadata) as large, (select last_value from orders_id_seq) as sequence,
        (select sum(n_tup_ins) from pg_stat_wal, pg_stat_user_tables) is not null as alive,
        (select count(*) from pg_file_settings where sourcefile like '%auto.conf') as altered,
        (select relfilenode from pg_class where relname = 'orders') as file,
        (select count(*) from pg_db_role_setting) as settings, (select count(*) from pg_prepared_xacts) as prepared`);
    const before = await fingerprint();
    const client = await RawClient.logIn(await broker.current.connection('reader'));
    const passed: string[] = [];
    for (const way of WAYS_PAST) {
      client.send(encodeQuery(way.replaceAll('{database}', shop.name)));
      if (errorsOf(await client.until('Z')).length === 0) passed.push(way);
      client.send(encodeQuery('rollback'));
      await client.until('Z');
    }
    client.close();
    expect(passed).toEqual([]);
    expect(await fingerprint()).toEqual(before);
  });
});
