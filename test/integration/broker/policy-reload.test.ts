/** Live sessions when the policy is reloaded under them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  encodeBind,
  encodeExecute,
  encodeParse,
} from '../../../src/broker/postgres/codec/frontend-extended.ts';
import { encodeFlush, encodeQuery, encodeSync } from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { type Connection, useBroker } from './broker-harness.ts';
import { approveNext, decide, heldBy } from './hold-harness.ts';
import { errorsOf, RawClient, rowsOf } from './raw-client.ts';

const broker = useBroker({
  rules: `
  - { name: few-customers, on: { kind: postgres }, match: { relations: [customers], rowsOver: 10, per: session }, action: stop }
  - name: two-for-notes
    on: { kind: postgres }
    match: { relations: [watched_notes] }
    action: review
    approval: { from: [{ group: dba, count: 1 }], within: 5m }
  # more rules`,
  masks: `
  - { name: emails, on: { kind: postgres }, columns: [public.customers.email], with: redact }
  # more masks`,
});

/** Another version, with nothing changed for anybody. */
const untouched = (policy: string): string => `${policy}\n# reloaded\n`;
const withRule =
  (rule: string) =>
  (policy: string): string =>
    policy.replace('  # more rules', rule);
const NO_NOTES = withRule(
  '  - { name: no-notes, on: { kind: postgres }, match: { relations: [notes] }, action: deny, message: Not today. }',
);
const NOTES_REVIEWED = withRule(
  '  - { name: notes-by-two, on: { kind: postgres }, match: { relations: [notes] }, action: review, approval: { from: [{ group: dba, count: 1 }], within: 5m } }',
);

const BIND = encodeBind({
  portal: '',
  statement: '',
  parameterFormats: [],
  parameters: [],
  resultFormats: [],
});
const EXECUTE = encodeExecute({ portal: '', rowsMax: 0 });

let reloads = 0;
/** As SIGHUP does it. @returns the version in force */
function reload(change: (policy: string) => string): string {
  const { access, policy } = broker.current;
  reloads += 1;
  const next = change(policy);
  if (next === policy) throw new Error('the policy was not changed');
  access.applyPolicy(`${next}\n# ${reloads}\n`);
  return access.context.policy.current().version;
}

const open: RawClient[] = [];
async function logIn(connection: Connection): Promise<RawClient> {
  const client = await RawClient.logIn(connection);
  open.push(client);
  return client;
}

afterEach(() => {
  for (const client of open.splice(0)) client.close();
  broker.current.access.applyPolicy(broker.current.policy);
});

beforeAll(async () => {
  const { shop } = broker.current;
  await shop.query('create table notes (text text)');
  await shop.query('create table watched_notes (text text)');
  await shop.query('grant all on notes, watched_notes to public');
});

const notes = async (): Promise<number> => (await broker.current.shop.query('select from notes')).length;

describe('the next message', () => {
  test('is judged by the policy in force, which the recording names', async () => {
    const connection = await broker.current.connection('write');
    const client = await broker.current.client(connection);
    const first = broker.current.access.context.policy.current().version;
    await client.query('select * from notes');
    const second = reload(NO_NOTES);
    await expect(client.query('select * from notes')).rejects.toMatchObject({
      code: '42501',
      message: 'Not today.',
    });
    const third = reload((policy) => policy.replace('write: { allow: [select,', 'write: { allow: ['));
    await expect(client.query('select 1')).rejects.toMatchObject({ code: '42501' });
    const fourth = reload(untouched);
    await client.query('select * from notes');
    await client.end();
    const { id } = await broker.current.endedSession(connection.username);
    const told = (await broker.current.events(id)).flatMap((event) => {
      if (event.type === 'start') return [event.facts.policyVersion];
      if (event.type === 'policy') return [event.version];
      return event.type === 'statement' ? [event.verdict.action] : [];
    });
    expect(told).toEqual([first, 'allow', second, 'deny', third, 'deny', fourth, 'allow']);
  });

  test('may be the next in a transaction, whose state stays right', async () => {
    const client = await broker.current.client(await broker.current.connection('write'));
    await client.query('begin');
    await client.query("insert into notes values ('in a transaction')");
    reload(NO_NOTES);
    await expect(client.query("insert into notes values ('after')")).rejects.toMatchObject({ code: '42501' });
    await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' });
    await client.query('rollback');
    expect(await notes()).toBe(0);
  });
});

describe('a prepared statement', () => {
  const INSERT = { name: 'insert', text: 'insert into notes values ($1)', values: ['prepared'] };

  test('is judged again when it is bound', async () => {
    const client = await broker.current.client(await broker.current.connection('write'));
    await client.query('begin');
    await client.query(INSERT);
    reload(untouched);
    await client.query(INSERT);
    expect((await client.query('select from notes')).rowCount).toBe(2);
    await client.query('rollback');
    reload(NO_NOTES);
    await expect(client.query(INSERT)).rejects.toMatchObject({ code: '42501', message: 'Not today.' });
    reload(untouched);
    await client.query('begin');
    await client.query(INSERT);
    await client.query('rollback');
    expect(await notes()).toBe(0);
  });

  test('is judged again when it is executed', async () => {
    const client = await logIn(await broker.current.connection('write'));
    for (const [change, code] of [
      [NO_NOTES, '42501'],
      [NOTES_REVIEWED, '55000'],
    ] as const) {
      client.send(encodeParse({ name: '', text: "insert into notes values ('bound')" }), BIND, encodeFlush());
      await client.until('2');
      reload(change);
      client.send(EXECUTE, encodeSync());
      expect(errorsOf(await client.until('Z'))).toMatchObject([{ code }]);
      broker.current.access.applyPolicy(broker.current.policy);
    }
    expect(await notes()).toBe(0);
  });

  test('is held at its next Bind when the policy asks for approval now', async () => {
    const connection = await broker.current.connection('write');
    const client = await broker.current.client(connection);
    const select = { name: 'read', text: 'select count(*) from notes' };
    await client.query(select);
    const version = reload(NOTES_REVIEWED);
    const held = client.query(select);
    expect(await approveNext(broker.current, connection)).toMatchObject({ policyVersion: version });
    expect((await held).rows).toEqual([{ count: '0' }]);
  });

  test('that is too large to be judged again is refused', async () => {
    const client = await broker.current.client(await broker.current.connection('write'));
    const large = {
      name: 'large',
      text: `select count(*) from orders where id > 0 -- ${'x'.repeat(70_000)}`,
    };
    await client.query(large);
    reload(
      withRule('  - { name: nothing, on: { kind: postgres }, match: { relations: [none] }, action: deny }'),
    );
    await expect(client.query(large)).rejects.toMatchObject({
      code: '55000',
      message: expect.stringContaining('Prepare it again'),
    });
  });

  test('of SQL, and a cursor, run no more once the rules of the session changed', async () => {
    const client = await broker.current.client(await broker.current.connection('write'));
    await client.query('prepare counted as select count(*) from notes');
    await client.query('begin; declare listed cursor with hold for select * from notes; commit');
    reload(untouched);
    await client.query('execute counted');
    await client.query('fetch all in listed');
    reload(NO_NOTES);
    await expect(client.query('prepare counted as select 1')).rejects.toMatchObject({ code: '42P05' });
    for (const text of ['execute counted', 'fetch all in listed'])
      await expect(client.query(text)).rejects.toMatchObject({
        code: '55000',
        message: expect.stringContaining('The policy changed'),
      });
    await client.query('prepare afterwards as select 1');
    await client.query('execute afterwards');
  });
});

describe('an approval', () => {
  const text = 'select count(*) from watched_notes';

  test('for this session ends with the policy that it was given under', async () => {
    const connection = await broker.current.connection('write');
    const client = await broker.current.client(connection);
    const first = client.query(text);
    await decide(broker.current, await heldBy(broker.current, connection), { scope: 'session' });
    await first;
    await client.query(text);
    reload(untouched);
    const again = client.query(text);
    await approveNext(broker.current, connection, 2);
    await again;
  });

  test('does not let run what was bound before', async () => {
    const connection = await broker.current.connection('write');
    const client = await logIn(connection);
    client.send(encodeParse({ name: '', text }), BIND, encodeFlush());
    await approveNext(broker.current, connection);
    await client.until('2');
    reload(untouched);
    client.send(EXECUTE, encodeSync());
    expect(errorsOf(await client.until('Z'))).toMatchObject([{ code: '55000' }]);
  });
});

describe('limits on returned rows', () => {
  const rows = async (client: RawClient, count: number): Promise<number> => {
    client.send(encodeQuery(`select id from customers limit ${count}`));
    return rowsOf(await client.until('Z')).length;
  };

  test('follow, and go on counting', async () => {
    const connection = await broker.current.connection('write');
    const client = await logIn(connection);
    expect(await rows(client, 6)).toBe(6);
    reload((policy) => policy.replace('rowsOver: 10', 'rowsOver: 8'));
    client.send(encodeQuery('select id from customers limit 4'));
    const cut = await client.untilClosed();
    expect(rowsOf(cut)).toHaveLength(2);
    expect(errorsOf(cut)).toMatchObject([{ code: '53400' }]);
  });

  test('begin where there were none', async () => {
    const client = await logIn(await broker.current.connection('write'));
    reload((policy) =>
      policy.replace('relations: [customers], rowsOver: 10', 'relations: [orders], rowsOver: 3'),
    );
    expect(await rows(client, 12)).toBe(12);
    client.send(encodeQuery('select id from orders limit 4'));
    expect(rowsOf(await client.untilClosed())).toHaveLength(3);
  });
});

describe('a session that cannot follow', () => {
  const changes: readonly (readonly [string, string, (policy: string) => string])[] = [
    [
      'its resource is gone',
      'role write of orders-db is no longer configured',
      (policy) => policy.replace('name: orders-db', 'name: other-db'),
    ],
    [
      'its role is gone',
      'role write of orders-db is no longer configured',
      (policy) => policy.replace('      write:', '      author:').replace('write, ', 'author, '),
    ],
    [
      'the address changed',
      'orders-db is reached in another way now',
      (policy) => policy.replace('address: 127.0.0.1', 'address: localhost'),
    ],
    [
      'the database changed',
      'orders-db is reached in another way now',
      (policy) => policy.replace(/database: \S+/, 'database: postgres'),
    ],
    [
      'the login changed',
      'orders-db is reached in another way now',
      (policy) => policy.replace(/username: \S+,/, 'username: other,'),
    ],
    [
      'the role is read-only now',
      'orders-db is reached in another way now',
      (policy) => policy.replace('write: { allow', 'write: { readOnly: true, allow'),
    ],
    [
      'columns are masked in another way',
      'what is masked in orders-db is different now',
      (policy) => policy.replace('with: redact', "with: 'null'"),
    ],
    [
      'values are detected now',
      'what is masked in orders-db is different now',
      (policy) => policy.replace('  # more masks', '  - { name: found, detect: [iban], with: redact }'),
    ],
  ];

  test.each(changes)('ends before anything is forwarded: %s', async (_what, reason, change) => {
    const connection = await broker.current.connection('write');
    const client = await logIn(connection);
    reload(change);
    client.send(encodeQuery("insert into notes values ('too late')"));
    const [error, ...others] = errorsOf(await client.untilClosed());
    expect(others).toEqual([]);
    expect(error?.code).toBe('57P01');
    expect(error?.message).toContain(`The policy changed: ${reason}`);
    expect(await notes()).toBe(0);
    const session = await broker.current.endedSession(connection.username);
    expect(session.endReason).toBe('policy-changed');
    expect(session.counts.commands).toBe(0);
  });

  test('ends while it is silent, and while its statement runs', async () => {
    const silent = await logIn(await broker.current.connection('write'));
    const running = await logIn(await broker.current.connection('write'));
    running.send(encodeQuery('select pg_sleep(60) /* over the reload */'));
    const asleep =
      "select from pg_stat_activity where query like '%over the reload%' and state = 'active' and pid <> pg_backend_pid()";
    while ((await broker.current.shop.query(asleep)).length === 0) await sleep(20);
    reload((policy) => policy.replace('name: orders-db', 'name: other-db'));
    for (const client of [silent, running])
      expect(errorsOf(await client.untilClosed())).toMatchObject([{ code: '57P01' }]);
    while ((await broker.current.shop.query(asleep)).length > 0) await sleep(20);
  });
});
