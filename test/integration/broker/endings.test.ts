import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { expireGrant, finishGrant } from '../../../src/access/end-grant.ts';
import { listSessions } from '../../../src/access/read-access.ts';
import { terminateSession } from '../../../src/access/run-session.ts';
import type { SessionView } from '../../../src/access/views.ts';
import { encodeQuery, encodeTerminate } from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { type Connection, useBroker } from './broker-harness.ts';
import { errorsOf, RawClient, rowsOf } from './raw-client.ts';

const broker = useBroker();

const DEADLINE_MS = 2_000;

/** A DELETE that takes seconds and would commit by itself if only its client went away. */
const SLOW_DELETE = 'delete from payments where id > 0 and pg_sleep(0.05) is not null';

const payments = async (): Promise<string> => {
  const [row] = await broker.current.shop.query<{ count: string }>('select count(*) from payments');
  return row?.count ?? '';
};

const backends = (): Promise<{ query: string }[]> =>
  broker.current.shop.query(
    "select query from pg_stat_activity where datname = current_database() and usename like 'app%'",
  );

const sessionOf = async ({ username }: Connection): Promise<SessionView | undefined> =>
  (await listSessions(broker.current.access.context, { viewer: null })).find(
    ({ grantId }) => grantId === username,
  );

/** Runs the slow DELETE, ends the session in some way, and checks that the rows stay and the backend goes. */
async function cutDuringDelete(
  end: (connection: Connection) => Promise<unknown>,
  durationMs?: number,
): Promise<{ message: string; reason: string | null }> {
  const before = await payments();
  const connection = await broker.current.connection('owner', durationMs === undefined ? {} : { durationMs });
  const client = await RawClient.logIn(connection);
  client.send(encodeQuery(SLOW_DELETE));
  await sleep(400);
  expect((await backends()).some(({ query }) => query === SLOW_DELETE)).toBe(true);
  await end(connection);
  const cutAtMs = performance.now();
  const messages = await client.untilClosed();
  expect(performance.now() - cutAtMs).toBeLessThan(DEADLINE_MS);
  const session = await broker.current.endedSession(connection.username);
  expect(await backends()).toEqual([]);
  expect(await payments()).toBe(before);
  return { message: errorsOf(messages).at(-1)?.message ?? '', reason: session.endReason };
}

describe('a session ends within two seconds, and so does its work on the target', () => {
  test('when its holder is done', async () => {
    const { access, alice } = broker.current;
    const cut = await cutDuringDelete(({ username }) =>
      finishGrant(access.context, { grantId: username, by: alice }),
    );
    expect(cut.reason).toBe('grant-done');
    expect(cut.message).toContain('marked as done');
  });

  test('when it is terminated', async () => {
    const { access, alice } = broker.current;
    const cut = await cutDuringDelete(async (connection) => {
      const session = await sessionOf(connection);
      await terminateSession(access.context, { sessionId: session?.id ?? '', by: alice });
    });
    expect(cut.reason).toBe('terminated');
  });

  test('when its grant expires, by the clock of the store', async () => {
    const { access } = broker.current;
    const cut = await cutDuringDelete(async ({ username }) => {
      access.clock.stepMs(3_600_000);
      await expireGrant(access.context, { grantId: username });
    });
    expect(cut.reason).toBe('grant-expired');
    expect(cut.message).toContain('has expired');
  });

  test('when the client vanishes without a goodbye', async () => {
    const before = await payments();
    const connection = await broker.current.connection('owner');
    const client = await RawClient.logIn(connection);
    client.send(encodeQuery(SLOW_DELETE));
    await sleep(400);
    client.close();
    const session = await broker.current.endedSession(connection.username);
    expect(session.endReason).toBe('client-closed');
    expect(await backends()).toEqual([]);
    expect(await payments()).toBe(before);
  });

  test('when the target goes away, and the client hears of it', async () => {
    const connection = await broker.current.connection('owner');
    const client = await RawClient.logIn(connection);
    await broker.current.shop.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'app_owner'",
    );
    expect(errorsOf(await client.untilClosed())[0]).toMatchObject({ code: '57P01' });
    expect((await broker.current.endedSession(connection.username)).endReason).toBe('upstream-closed');
  });
});

describe('a session that ends by itself', () => {
  test('a goodbye after a statement lets the statement finish', async () => {
    const connection = await broker.current.connection('owner');
    const client = await RawClient.logIn(connection);
    client.send(
      encodeQuery("update customers set city = 'Goodbye' from (select pg_sleep(0.5)) as slow where id = 9"),
      encodeTerminate(),
    );
    client.socket.end();
    expect((await broker.current.endedSession(connection.username)).endReason).toBe('client-closed');
    expect(await broker.current.shop.query("select from customers where city = 'Goodbye'")).toHaveLength(1);
  });

  test('counts, the riskiest statements and the head of the recording are noted', async () => {
    const connection = await broker.current.connection('write');
    const client = await RawClient.logIn(connection);
    client.send(
      encodeQuery('select id from customers limit 3'),
      encodeQuery('delete from orders where id = 987654321'),
      encodeQuery('delete from orders'),
      encodeTerminate(),
    );
    await client.untilClosed();
    const session = await broker.current.endedSession(connection.username);
    expect(session.counts).toMatchObject({ commands: 3, denied: 1, rows: 3 });
    expect(session.recordingHead).toMatch(/^[0-9a-f]{64}$/);
    expect(session.riskiest.map(({ text, action }) => [text, action])).toEqual([
      ['delete from orders', 'deny'],
      ['delete from orders where id = $1', 'allow'],
    ]);
  });
});

describe('what is recorded', () => {
  test('statements with verdicts, the first rows in the masked view, and outcomes', async () => {
    const connection = await broker.current.connection('write');
    const client = await RawClient.logIn(connection);
    client.send(
      encodeQuery('select id from customers order by id limit 8'),
      encodeQuery('select nothing from nowhere'),
      encodeQuery('delete from orders'),
      encodeTerminate(),
    );
    expect(rowsOf(await client.untilClosed())).toHaveLength(8);
    const session = await broker.current.endedSession(connection.username);
    const events = await broker.current.events(session.id);
    expect(events.map(({ type }) => type)).toEqual([
      'start',
      'statement',
      'statement',
      'statement',
      'rows',
      'outcome',
      'outcome',
      'end',
    ]);
    const [, first, second, third, rows, outcome, failed, end] = events;
    expect(first).toMatchObject({ statement: 1, protocol: 'simple', verdict: { action: 'allow' } });
    expect(second).toMatchObject({ statement: 2, verdict: { action: 'allow' } });
    expect(third).toMatchObject({ statement: 3, verdict: { action: 'deny', rule: 'no-unbounded-writes' } });
    expect(rows).toMatchObject({
      statement: 1,
      columns: [{ name: 'id', masked: false }],
      rows: [['1'], ['2'], ['3'], ['4'], ['5']],
    });
    expect(outcome).toMatchObject({ statement: 1, tags: ['SELECT 8'], rows: 8, error: null });
    expect(failed).toMatchObject({ statement: 2, error: { sqlState: '42P01' } });
    expect(end).toMatchObject({ reason: 'client-closed' });
  });

  test('parameters, and the text of every execution', async () => {
    const connection = await broker.current.connection('write');
    const client = await broker.current.client(connection);
    await client.query({
      name: 'one',
      text: 'select name from customers where id = $1 and city <> $2',
      values: [1, 'Ödland'],
    });
    await client.query({
      name: 'one',
      text: 'select name from customers where id = $1 and city <> $2',
      values: [2, null],
    });
    await client.end();
    const session = await broker.current.endedSession(connection.username);
    const statements = (await broker.current.events(session.id)).filter(
      (event) => event.type === 'statement',
    );
    expect(statements.map(({ protocol, parameters }) => [protocol, parameters])).toEqual([
      ['prepare', []],
      ['execute', ['1', 'Ödland']],
      ['execute', ['2', null]],
    ]);
  });
});
