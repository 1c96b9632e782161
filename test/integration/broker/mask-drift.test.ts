/** The target's tables change while sessions are open, outside the broker: nothing comes out that was masked. */
import { describe, expect, test } from 'vitest';
import {
  encodeBind,
  encodeDescribe,
  encodeExecute,
  encodeParse,
} from '../../../src/broker/postgres/codec/frontend-extended.ts';
import { encodeQuery, encodeSync } from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { useBroker } from './broker-harness.ts';
import { RawClient, type Received } from './raw-client.ts';

const broker = useBroker({
  masks: `
  - { name: contact, columns: ["*.people.email", "*.people_parts.email", "public.later.*"], with: redact }`,
});

interface Drift {
  readonly name: string;
  /** What there is before; \`people\` is made anew for each. */
  readonly setUp?: string;
  /** What the session has asked before the change. */
  readonly before?: readonly string[];
  readonly change: string;
  /** What it asks afterwards: each would bring the address out. */
  readonly after: readonly string[];
  /** It has to be refused, because no mask would help. */
  readonly refused?: true;
}

const VIEW = 'create view v as select id, city as note from people';
const REPLACED = 'create or replace view v as select id, email as note from people';

const DRIFTS: readonly Drift[] = [
  {
    name: 'a column is renamed',
    change: 'alter table people rename email to mail',
    after: ['select mail, upper(mail) from people'],
  },
  {
    name: 'a column is renamed, and filtered by',
    change: 'alter table people rename email to mail',
    after: ["select id from people where mail like 'secret%'"],
    refused: true,
  },
  {
    name: 'a column is renamed, and copied',
    change: 'alter table people rename email to mail',
    after: ['create table stolen as select mail from people'],
    refused: true,
  },
  {
    name: 'names of columns are swapped',
    change:
      'alter table people rename email to x; alter table people rename city to email; alter table people rename x to city',
    after: ['select city, upper(city), concat(email, city) from people'],
  },
  {
    name: 'a table is renamed',
    change: 'alter table people rename to persons_2',
    after: ['select email, upper(email) from persons_2'],
  },
  {
    name: 'tables are swapped',
    setUp: 'create table fresh (like people)',
    change: 'alter table people rename to old_one; alter table fresh rename to people',
    after: ['select upper(email) from old_one'],
  },
  {
    name: 'a table moves to another schema',
    setUp:
      'create schema if not exists elsewhere; grant usage on schema elsewhere to public; drop table if exists elsewhere.people',
    change: 'alter table people set schema elsewhere',
    after: ['select upper(email) from elsewhere.people'],
  },
  { name: 'a view is replaced', setUp: VIEW, change: REPLACED, after: ['select note, upper(note) from v'] },
  {
    name: 'a view is replaced, and filtered by',
    setUp: VIEW,
    change: REPLACED,
    after: ["select id from v where note like 'secret%'"],
    refused: true,
  },
  {
    name: 'a view is replaced in an open transaction',
    setUp: VIEW,
    before: ['begin', 'select 1'],
    change: REPLACED,
    after: ['select note, upper(note) from v'],
  },
  {
    name: 'a view is replaced in a transaction that sees the past',
    setUp: VIEW,
    before: ['begin isolation level repeatable read', 'select count(*) from pg_class'],
    change: REPLACED,
    after: ['select note, upper(note) from v'],
  },
  {
    name: 'a view is replaced in a transaction with changes of its own',
    setUp: VIEW,
    before: ['begin', 'create temp table mine (a int)', 'select a from mine'],
    change: REPLACED,
    after: ['select note, upper(note) from v'],
  },
  {
    name: 'a view is replaced behind a prepared statement',
    setUp: VIEW,
    before: ['prepare p as select upper(note) from v', 'execute p'],
    change: REPLACED,
    after: ['execute p'],
  },
  {
    name: 'a view is replaced behind a prepared condition',
    setUp: VIEW,
    before: ["prepare p as select id from v where note like 'secret%'", 'execute p'],
    change: REPLACED,
    after: ['execute p'],
    refused: true,
  },
  {
    name: 'a view is made',
    change: 'create view v as select email as note from people',
    after: ['select note, upper(note) from v'],
  },
  {
    name: 'a view of a view is made',
    change: 'create view v as select email as note from people; create view w as select note as other from v',
    after: ['select other, upper(other) from w'],
  },
  {
    name: 'a materialized view is made',
    change: 'create materialized view v as select email as note from people',
    after: ['select note, upper(note) from v'],
  },
  {
    name: 'a column that is generated is added',
    change: 'alter table people add column shown text generated always as (email) stored',
    after: ['select shown, upper(shown) from people'],
  },
  {
    name: 'a child is added',
    change: 'create table child () inherits (people); insert into child select * from people',
    after: ['select email, upper(email) from child'],
  },
  {
    name: 'a table that the masks name is made',
    change: 'create table later as select * from people',
    after: ['select email, upper(city) from later'],
  },
  {
    name: 'a column is added to a table that is masked whole',
    setUp: 'create table later (id int)',
    before: ['select * from later'],
    change:
      "alter table later add column email text; insert into later values (1, 'secret.address@example.org')",
    after: ['select * from later', 'select upper(email) from later'],
  },
  {
    name: 'a column is dropped and made again',
    before: ['select email from people'],
    change:
      "alter table people drop column email; alter table people add column email text default 'secret.address@example.org'",
    after: ['select email, upper(email) from people'],
  },
  {
    name: 'a function begins to read it',
    setUp: "create function tell() returns text language sql stable as 'select city from people limit 1'",
    before: ['select tell()'],
    change:
      "create or replace function tell() returns text language sql stable as 'select email from people limit 1'",
    after: ['select tell()'],
  },
  {
    name: 'a partition is attached',
    setUp:
      'create table people_parts (id int, email text, city text) partition by list (id); create table part (city text, id int, email text)',
    before: ['select * from people_parts'],
    change:
      "insert into part values ('c', 1, 'secret.address@example.org'); alter table people_parts attach partition part for values in (1)",
    after: ['select email, upper(email) from part'],
  },
];

const SECRET = 'secret.address@example.org';
const LOOKS = [SECRET, SECRET.toUpperCase()];

async function ask(client: RawClient, text: string): Promise<Received[]> {
  client.send(encodeQuery(text));
  return client.until('Z');
}

const LOOKS_MAX = 500;

async function waitUntil(isSo: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) if (await isSo()) return;
  throw new Error('it did not come to that');
}

function textOf(answers: readonly Received[]): string {
  return answers.map(({ type, body }) => `${type}${body.toString('latin1')}`).join('\n');
}

async function setUp(drift: Drift): Promise<void> {
  const { shop } = broker.current;
  await shop.query(`drop view if exists w; do $$ begin
      if (select relkind from pg_class where relname = 'v') = 'm' then drop materialized view v; end if; end $$;
    drop view if exists v; drop function if exists tell();
    drop table if exists child, people, persons_2, old_one, fresh, later, people_parts, part cascade;
    create table people (id int, email text, city text);
    insert into people values (1, '${SECRET}', 'Berlin');
    ${drift.setUp ?? ''}`);
}

describe('after a change by others', () => {
  test.each(DRIFTS)('$name', async (drift) => {
    const { shop } = broker.current;
    await setUp(drift);
    await shop.query(
      'alter default privileges in schema public grant all on tables to public; grant all on all tables in schema public to public',
    );
    const client = await RawClient.logIn(await broker.current.connection('owner'));
    for (const text of drift.before ?? []) await ask(client, text);
    await shop.query(drift.change);
    await shop.query('grant all on all tables in schema public to public');
    for (const text of drift.after) {
      const answer = textOf(await ask(client, text));
      for (const look of LOOKS) expect(answer).not.toContain(look);
      if (drift.refused === true) expect(answer).toContain('Rule: masks');
      else expect(answer).toContain('***');
      if (drift.refused !== true && drift.before?.some((one) => one.startsWith('prepare')) !== true) {
        // Directly it does bring the address out.
        expect(JSON.stringify(await shop.query(text)).toLowerCase()).toContain(SECRET);
      }
    }
    client.close();
  });

  test.each([0, 1] as const)('a statement that was prepared in the protocol (format %i)', async (format) => {
    await setUp({ name: '', change: '', after: [], setUp: VIEW });
    await broker.current.shop.query('grant all on all tables in schema public to public');
    const client = await RawClient.logIn(await broker.current.connection('owner'));
    const execute = (): void =>
      client.send(
        encodeBind({
          portal: '',
          statement: 's',
          parameterFormats: [],
          parameters: [],
          resultFormats: [format],
        }),
        encodeDescribe({ target: 'portal', name: '' }),
        encodeExecute({ portal: '', rowsMax: 0 }),
        encodeSync(),
      );
    client.send(encodeParse({ name: 's', text: 'select note, upper(note) from v' }));
    execute();
    expect(textOf(await client.until('Z'))).toContain('BERLIN');
    await broker.current.shop.query(REPLACED);
    execute();
    const answer = textOf(await client.until('Z'));
    expect(answer).toContain('***');
    for (const look of LOOKS) expect(answer).not.toContain(look);
    client.close();
  });

  test.each([
    ['select note, upper(note) from v', '***'],
    // Nothing can be shown of a statement that would not be allowed any more: the session ends.
    ["select id from v where note like 'secret%'", null],
  ])('between the verdict on %s and its turn', async (text, shown) => {
    await setUp({ name: '', change: '', after: [], setUp: VIEW });
    const { shop } = broker.current;
    await shop.query('grant all on all tables in schema public to public');
    const { username, password } = shop.credentials.owner;
    const other = await RawClient.logIn({ port: shop.port, username, password, database: shop.name });
    await ask(other, 'select pg_advisory_lock(7)');
    const client = await RawClient.logIn(await broker.current.connection('owner'));
    client.send(encodeQuery('select pg_advisory_lock(7)'), encodeQuery(text));
    await waitUntil(async () => {
      const waiting = await shop.query("select from pg_locks where locktype = 'advisory' and not granted");
      return waiting.length > 0;
    });
    await shop.query(REPLACED);
    await ask(other, 'select pg_advisory_unlock(7)');
    const answer = textOf(shown === null ? await client.untilClosed() : await client.until('Z', 2));
    for (const look of LOOKS) expect(answer).not.toContain(look);
    if (shown !== null) expect(answer).toContain(shown);
    else expect(answer.match(/^D/gm)?.length ?? 0).toBeLessThanOrEqual(1);
    client.close();
    other.close();
  });

  test('the next session finds a renamed column masked, too', async () => {
    await setUp({ name: '', change: '', after: [] });
    const { shop } = broker.current;
    await shop.query('grant all on all tables in schema public to public');
    const first = await RawClient.logIn(await broker.current.connection('owner'));
    expect(textOf(await ask(first, 'select email from people'))).toContain('***');
    first.close();
    await shop.query('alter table people rename email to mail');
    const second = await RawClient.logIn(await broker.current.connection('owner'));
    const answer = textOf(await ask(second, 'select mail, upper(mail) from people'));
    expect(answer).toContain('***');
    for (const look of LOOKS) expect(answer).not.toContain(look);
    second.close();
  });

  test('a change that is locked by somebody does not hold anybody up', async () => {
    await setUp({ name: '', change: '', after: [], setUp: VIEW });
    const { shop } = broker.current;
    await shop.query('grant all on all tables in schema public to public');
    const client = await RawClient.logIn(await broker.current.connection('owner'));
    const other = await RawClient.logIn(await broker.current.connection('owner'));
    await ask(other, 'begin');
    await ask(other, 'lock table people in access exclusive mode');
    await shop.query('create view w as select 1 as one');
    expect(textOf(await ask(client, 'select one + 1 as two from w'))).toContain('two');
    await ask(other, 'rollback');
    other.close();
    client.close();
  });
});
