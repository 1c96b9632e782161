import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { withAdministrator } from '../../support/administrator.ts';
import { useDebianShop } from '../../support/debian-shop.ts';
import { useBroker } from '../broker/broker-harness.ts';
import { type Address, type ClientResult, libpqEnvironment, runClient } from './run-client.ts';

const shop = useDebianShop();
const broker = useBroker({
  shop,
  withoutRules: true,
  roles: '      dump: { allow: [select, set, lock, copy-out] }',
});
const directory = mkdtempSync(join(tmpdir(), 'sallyport-dump-'));
afterAll(() => rmSync(directory, { recursive: true }));

const FORMATS = ['plain', 'custom'] as const;

/** The longest identifiers, quotes, every kind of object that a schema usually has. */
const MORE_OBJECTS = `
  set role app_owner;
  create schema archive;
  create type archive.mood as enum ('calm', 'it''s "fine"');
  create domain archive.positive as integer check (value > 0);
  create table archive."Odd ""name""" (
    id archive.positive primary key, mood archive.mood, raw bytea, tags text[], document jsonb,
    doubled integer generated always as (id * 2) stored, note text default E'a\\tb'
  );
  insert into archive."Odd ""name""" (id, mood, raw, tags, document, note) values
    (1, 'calm', '\\x00ff0a5c', '{"a,b","c\\"d",NULL}', '{"k": [1, null]}', E'tab\\tnewline\\nbackslash\\\\'),
    (2, null, null, null, null, 'ünïcödé 漢字 🎉');
  create table archive.events (at date not null, what text) partition by range (at);
  create table archive.events_2025 partition of archive.events for values from ('2025-01-01') to ('2026-01-01');
  insert into archive.events values ('2025-06-01', 'midsummer');
  create materialized view archive.totals as select count(*) as orders from public.orders;
  create function archive.double(value integer) returns integer language sql immutable as 'select value * 2';
  create function archive.touch() returns trigger language plpgsql as $f$ begin new.what := new.what || '.'; return new; end $f$;
  create trigger touch before update on archive.events_2025 for each row execute function archive.touch();
  comment on table archive.events is 'what happened';
  grant usage on schema archive to app_ro, app_rw;
  grant select on all tables in schema archive to app_ro, app_rw;
  select lo_from_bytea(4711, '\\x00ff0a5c'), lo_from_bytea(4712, convert_to(repeat('large ', 10000), 'UTF8'));
  grant select on large object 4711, 4712 to app_rw;
  reset role;
  grant usage on schema archive to app_rw;
  grant select on all sequences in schema public to app_rw;
`;

function direct(role: 'owner' | 'writer'): Address {
  const { username, password } = shop.current.credentials[role];
  return { port: shop.current.port, username, password, database: shop.current.name };
}

function dump(address: Address, args: readonly string[]): Promise<ClientResult> {
  return runClient('pg_dump', args, { environment: libpqEnvironment(address) });
}

/** From some minor versions on a dump is fenced by a random word. */
function comparable(text: string): string {
  return text.replaceAll(/^\\(un)?restrict \S+$/gm, '\\$1restrict');
}

/** A new database of the cluster, filled by `restore`, as pg_dump shows it. */
async function contentsAfter(restore: (address: Address) => Promise<ClientResult>): Promise<string> {
  const database = `restored_${Math.random().toString(36).slice(2)}`;
  const { current } = shop;
  const administrator = new URL(current.urlOf(database));
  const address = {
    port: current.port,
    username: administrator.username,
    password: administrator.password,
    database,
  };
  await withAdministrator(current.urlOf('postgres'), (client) =>
    client.query(`create database ${database} template template0`),
  );
  try {
    const restored = await restore(address);
    expect(restored).toMatchObject({ code: 0, stderr: '' });
    return comparable((await dump(address, [])).stdout);
  } finally {
    await withAdministrator(current.urlOf('postgres'), (client) => client.query(`drop database ${database}`));
  }
}

describe('pg_dump through the broker', () => {
  test('writes what it writes without it, for the owner and for a role that allows what it needs', async () => {
    await shop.current.query(MORE_OBJECTS);
    for (const [role, credential] of [
      ['owner', 'owner'],
      ['dump', 'writer'],
    ] as const) {
      const [expected, seen] = [
        await dump(direct(credential), []),
        await dump(await broker.current.connection(role), []),
      ];
      expect(expected).toMatchObject({ code: 0, stderr: '' });
      expect(seen).toMatchObject({ code: 0, stderr: '' });
      expect(comparable(seen.stdout)).toBe(comparable(expected.stdout));
      expect(seen.stdout).toContain('ünïcödé 漢字 🎉');
      expect(seen.stdout).toContain("lo_open('4711'");
    }
  });

  test.each(FORMATS)('writes the %s format, and it restores to the same database', async (format) => {
    const connection = await broker.current.connection('dump');
    const file = join(directory, format);
    const dumped = await dump(connection, [`--format=${format}`, `--file=${file}`]);
    expect(dumped).toMatchObject({ code: 0, stderr: '' });
    const restored = await contentsAfter((address) =>
      format === 'plain'
        ? runClient(
            'psql',
            ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--output=/dev/null', '--file', file],
            {
              environment: libpqEnvironment(address),
            },
          )
        : runClient('pg_restore', ['--exit-on-error', `--dbname=${address.database}`, file], {
            environment: libpqEnvironment(address),
          }),
    );
    expect(restored).toBe(comparable((await dump(direct('owner'), [])).stdout));
  });

  test('is refused for a role that may not lock, saying what is missing', async () => {
    const connection = await broker.current.connection('read');
    const refused = await dump(connection, []);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('The role read does not allow');
  });
});

describe('pg_restore through the broker', () => {
  test('fills the database again, over several connections at once', async () => {
    const owner = await broker.current.connection('owner');
    const file = join(directory, 'again');
    const before = comparable((await dump(direct('owner'), [])).stdout);
    const dumped = await dump(owner, ['--format=custom', `--file=${file}`]);
    expect(dumped).toMatchObject({ code: 0, stderr: '' });
    const restored = await runClient(
      'pg_restore',
      ['--clean', '--if-exists', '--exit-on-error', '--jobs=3', `--dbname=${owner.database}`, file],
      { environment: libpqEnvironment(owner) },
    );
    expect(restored).toMatchObject({ code: 0, stderr: '' });
    expect(comparable((await dump(direct('owner'), [])).stdout)).toBe(before);
  });
});
