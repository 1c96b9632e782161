/** Statements that people must agree to, by the simple protocol: psql, and what happens around the wait. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AccessContext } from '../../../src/access/context.ts';
import { revokeGrant } from '../../../src/access/end-grant.ts';
import { endLostSessions } from '../../../src/access/run-session.ts';
import { encodeQuery, encodeTerminate } from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { type Connection, useBroker } from './broker-harness.ts';
import { approveNext, decide, heldBy, holdsIn, holdsOf, REVIEW_RULES } from './hold-harness.ts';
import { errorsOf, lettersOf, RawClient, rowsOf, statusesOf } from './raw-client.ts';

let away = false;

/** The store of the broker, which a test can take away and bring back. */
const losable = (context: AccessContext): AccessContext => ({
  ...context,
  store: new Proxy(context.store, {
    get: (store, key) => {
      if (away && (key === 'read' || key === 'transaction')) {
        return () => {
          throw new Error('the store is away');
        };
      }
      const value: unknown = Reflect.get(store, key);
      return typeof value === 'function' ? value.bind(store) : value;
    },
  }),
});

const broker = useBroker({ rules: REVIEW_RULES, wrapContext: losable });

const open: RawClient[] = [];
const logIn = async (connection: Connection): Promise<RawClient> => {
  const client = await RawClient.logIn(connection);
  open.push(client);
  return client;
};
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

const exists = async (table: string): Promise<boolean> => {
  const [row] = await broker.current.shop.query<{ found: boolean }>(
    'select to_regclass($1) is not null as found',
    [table],
  );
  return row?.found === true;
};

beforeAll(async () => {
  await broker.current.shop.query(
    "do $$ begin for n in 1..20 loop execute format('create table scrap%s (id int)', n); execute format('alter table scrap%s owner to app_owner', n); end loop; end $$",
  );
});

describe('psql, while its statement is held', () => {
  const psql = (url: string, ...args: string[]) => {
    const child = spawn('psql', ['--no-psqlrc', '-At', '-v', 'VERBOSITY=verbose', ...args, url]);
    const output = { text: '' };
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output.text += chunk.toString()));
    return { child, output, closed: once(child, 'close') };
  };
  const until = async (output: { text: string }, word: string): Promise<void> => {
    for (let waitedMs = 0; !output.text.includes(word); waitedMs += 20) {
      if (waitedMs > 15_000) throw new Error(`no ${word} in: ${output.text}`);
      await sleep(20);
    }
  };

  test('is told who is asked, and gets the result once it is approved', async () => {
    const connection = await broker.current.connection('owner');
    const { child, output, closed } = psql(connection.url, '-c', 'drop table scrap1');
    const hold = await heldBy(broker.current, connection);
    await until(output, hold.id);
    expect(output.text).toContain('1 of dba');
    expect(await exists('scrap1')).toBe(true);
    expect(hold).toMatchObject({
      text: 'drop table scrap1',
      rule: 'destructive-ddl',
      effects: ['drop'],
      relations: ['scrap1'],
      context: { searchPath: '"$user", public', account: 'app_owner' },
    });
    await decide(broker.current, hold);
    await closed;
    expect(child.exitCode).toBe(0);
    expect(output.text).toContain('DROP TABLE');
    expect(output.text).toContain('approved by Dana');
    expect(await exists('scrap1')).toBe(false);
    const session = await broker.current.endedSession(connection.username);
    expect(session.counts).toMatchObject({ commands: 1, held: 1, denied: 0 });
    expect(holdsIn(await broker.current.events(session.id))).toEqual([
      '1 review',
      '1 held',
      '1 approved',
      '1 done',
    ]);
  });

  test('withdraws it with Ctrl-C', async () => {
    const connection = await broker.current.connection('owner');
    const { child, output, closed } = psql(connection.url, '-c', 'drop table scrap2');
    const hold = await heldBy(broker.current, connection);
    await until(output, hold.id);
    child.kill('SIGINT');
    await closed;
    expect(output.text).toContain('57014');
    expect(output.text).toContain('canceling statement due to user request');
    expect(await heldBy(broker.current, connection, { state: 'withdrawn' })).toMatchObject({
      withdrawnBecause: 'client',
    });
    await expect(decide(broker.current, hold)).rejects.toMatchObject({ code: 'conflict' });
    expect(await exists('scrap2')).toBe(true);
  });

  test('withdraws it by being killed', async () => {
    const connection = await broker.current.connection('owner');
    const { child, closed } = psql(connection.url, '-c', 'drop table scrap2');
    await heldBy(broker.current, connection);
    child.kill('SIGKILL');
    await closed;
    expect(await heldBy(broker.current, connection, { state: 'withdrawn' })).toMatchObject({
      withdrawnBecause: 'session-ended',
    });
    const session = await broker.current.endedSession(connection.username);
    expect(holdsIn(await broker.current.events(session.id))).toEqual(['1 review', '1 held', '1 withdrawn']);
    expect(await exists('scrap2')).toBe(true);
  });
});

describe('a held statement', () => {
  test('that is denied is answered with who denied it and why; the session goes on', async () => {
    const connection = await broker.current.connection('owner');
    const client = await logIn(connection);
    client.send(encodeQuery('drop table scrap3'));
    await decide(broker.current, await heldBy(broker.current, connection), {
      verdict: 'deny',
      note: 'in use until Friday',
    });
    const messages = await client.until('Z');
    const [error] = errorsOf(messages);
    expect(error).toMatchObject({ code: '42501' });
    expect(error?.message).toMatch(/^h-[a-z2-7]{8} was denied by Dana: in use until Friday$/);
    expect(statusesOf(messages)).toBe('I');
    client.send(encodeQuery('select 1'));
    expect(rowsOf(await client.until('Z'))).toEqual([['1']]);
    expect(await exists('scrap3')).toBe(true);
  });

  test('lapses when nobody decides in time', async () => {
    const connection = await broker.current.connection('owner');
    const client = await logIn(connection);
    client.send(encodeQuery('alter table scrap3 add column late int'));
    const [error] = errorsOf(await client.until('Z'));
    expect(error?.message).toContain('was not approved within 1s');
    await heldBy(broker.current, connection, { state: 'expired' });
    client.send(encodeQuery('select * from scrap3'));
    expect(errorsOf(await client.until('Z'))).toEqual([]);
  });

  test('lets results before it through, and nothing behind it; others are not affected', async () => {
    const connection = await broker.current.connection('owner');
    const client = await logIn(connection);
    const other = await logIn(connection);
    client.send(
      encodeQuery("select 'before'"),
      encodeQuery('drop table scrap4'),
      encodeQuery("create temporary table scrap4 as select 'behind' as word"),
      encodeQuery('select * from scrap4'),
    );
    const before = await client.until('N');
    expect(lettersOf(before)).toBe('TDCZN');
    await heldBy(broker.current, connection);
    other.send(encodeQuery("select 'other'"));
    expect(rowsOf(await other.until('Z'))).toEqual([['other']]);
    expect(client.received).toEqual([]);
    await approveNext(broker.current, connection);
    const after = await client.until('Z', 3);
    expect(lettersOf(after)).toBe('NCZCZTDCZ');
    expect(rowsOf(after)).toEqual([['behind']]);
  });

  test('waits in its transaction, which a denial fails and an approval does not', async () => {
    const connection = await broker.current.connection('owner');
    const client = await logIn(connection);
    client.send(
      encodeQuery('begin'),
      encodeQuery('create temporary table fresh (id int)'),
      encodeQuery('drop table fresh'),
      encodeQuery('drop table scrap5'),
      encodeQuery('drop table scrap6'),
    );
    await approveNext(broker.current, connection, 1);
    await approveNext(broker.current, connection, 2);
    await decide(broker.current, await heldBy(broker.current, connection, { count: 3 }), {
      verdict: 'deny',
      note: 'no',
    });
    const messages = await client.until('Z', 5);
    expect(statusesOf(messages)).toBe('TTTTE');
    expect(errorsOf(messages)).toHaveLength(1);
    // Nobody is asked about what the target would refuse anyway.
    client.send(encodeQuery('drop table scrap7'), encodeQuery('rollback'));
    const failed = await client.until('Z', 2);
    expect(errorsOf(failed)).toMatchObject([{ code: '25P02' }]);
    expect(statusesOf(failed)).toBe('EI');
    expect(await holdsOf(broker.current, connection)).toHaveLength(3);
    expect(await exists('scrap5')).toBe(true);
  });

  test('does not run when what its names mean, or the policy, has changed meanwhile', async () => {
    const { shop, access } = broker.current;
    const changes: Record<string, () => unknown> = {
      'another table of the name': () =>
        shop.query('alter table scrap8 rename to old8; create table scrap8 (precious int)'),
      'other columns': () => shop.query('alter table scrap9 add column precious int'),
      'a rule on the table': () =>
        shop.query('create rule also as on delete to scrap10 do also delete from payments'),
      'the policy': () => {
        const { policy } = access.context;
        const { version, document } = policy.current();
        Object.assign(policy, { current: () => ({ version: `${version}-next`, document }) });
      },
    };
    const connection = await broker.current.connection('owner');
    const client = await logIn(connection);
    for (const [index, change] of Object.values(changes).entries()) {
      const table = `scrap${8 + index}`;
      client.send(encodeQuery(`drop table ${table}`));
      const hold = await heldBy(broker.current, connection, { count: index + 1 });
      await change();
      await decide(broker.current, hold);
      expect(errorsOf(await client.until('Z'))).toMatchObject([{ code: '55000' }]);
      expect(await exists(table)).toBe(true);
    }
  });

  test('is found by the names that the session sees: search_path, temporary tables', async () => {
    const { shop } = broker.current;
    await shop.query('create schema attic authorization app_owner; create table attic.scrap12 (id int)');
    await shop.query('alter table attic.scrap12 owner to app_owner');
    const connection = await broker.current.connection('owner');
    const client = await logIn(connection);
    client.send(encodeQuery('set search_path = attic, public'), encodeQuery('drop table scrap12'));
    const hold = await heldBy(broker.current, connection);
    expect(hold.context).toMatchObject({ searchPath: 'attic, public' });
    await decide(broker.current, hold);
    expect(errorsOf(await client.until('Z', 2))).toEqual([]);
    expect(await exists('attic.scrap12')).toBe(false);
    expect(await exists('public.scrap12')).toBe(true);
  });

  test('approved for the session runs again without asking, as long as it is the same', async () => {
    const connection = await broker.current.connection('owner');
    const client = await logIn(connection);
    const again = encodeQuery('truncate scrap13');
    client.send(again);
    await decide(broker.current, await heldBy(broker.current, connection), { scope: 'session' });
    await client.until('Z');
    client.send(again);
    expect(errorsOf(await client.until('Z'))).toEqual([]);
    for (const [index, text] of ['truncate  scrap13', 'truncate scrap14'].entries()) {
      client.send(encodeQuery(text));
      await decide(broker.current, await heldBy(broker.current, connection, { count: index + 2 }), {
        verdict: 'deny',
        note: 'no',
      });
      expect(errorsOf(await client.until('Z'))).toHaveLength(1);
    }
    // The same bytes, another table.
    client.send(
      encodeQuery('set search_path = attic, public'),
      encodeQuery('create table scrap13 (id int)'),
      again,
    );
    await client.until('Z', 2);
    await heldBy(broker.current, connection, { count: 4 });
    client.send(encodeTerminate());
    client.socket.end();
    const session = await broker.current.endedSession(connection.username);
    expect(holdsIn(await broker.current.events(session.id)).slice(0, 8)).toEqual([
      '1 review',
      '1 held',
      '1 approved',
      '1 done',
      '2 review',
      '2 approved',
      '2 done',
      '3 review',
    ]);
  });

  test('ends with the grant: revoked while held, it never runs', async () => {
    const { access } = broker.current;
    const connection = await broker.current.connection('owner');
    const client = await logIn(connection);
    client.send(encodeQuery('drop table scrap15'));
    const hold = await heldBy(broker.current, connection);
    const overseer = await access.person('carol', ['responders']);
    access.context.policy.current().document.oversight.groups.push('responders');
    await revokeGrant(access.context, { grantId: connection.username, by: overseer, reason: 'enough' });
    expect(errorsOf(await client.untilClosed()).at(-1)).toMatchObject({ code: '57P01' });
    await heldBy(broker.current, connection, { state: 'withdrawn' });
    await expect(decide(broker.current, hold)).rejects.toMatchObject({ code: 'conflict' });
    expect(await exists('scrap15')).toBe(true);
  });

  test('of a broker that was lost is withdrawn by the sweep, and never runs there either', async () => {
    const { access, broker: running } = broker.current;
    const connection = await broker.current.connection('owner');
    const client = await logIn(connection);
    client.send(encodeQuery('drop table scrap16'));
    const hold = await heldBy(broker.current, connection);
    try {
      away = true;
      access.clock.stepMs(11_000);
      await endLostSessions(access.context, { recovery: running });
      expect(await heldBy(broker.current, connection, { state: 'withdrawn' })).toMatchObject({
        withdrawnBecause: 'session-ended',
      });
      await expect(decide(broker.current, hold)).rejects.toMatchObject({ code: 'conflict' });
    } finally {
      away = false;
      access.clock.stepMs(-11_000);
    }
    await client.untilClosed();
    expect(await exists('scrap16')).toBe(true);
  });

  test('does not run when nobody can be asked', async () => {
    const connection = await broker.current.connection('owner');
    const client = await logIn(connection);
    try {
      away = true;
      client.send(encodeQuery('drop table scrap17'));
      expect(errorsOf(await client.until('Z'))).toMatchObject([{ code: '57P03' }]);
    } finally {
      away = false;
    }
    client.send(encodeQuery('select count(*) from scrap17'));
    expect(rowsOf(await client.until('Z'))).toEqual([['0']]);
  });
});
