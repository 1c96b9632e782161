/** Live sessions, through two brokers and real connections, while their grants are extended or taken away. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readGrant } from '../../../src/access/read-access.ts';
import { requestExtension } from '../../../src/access/request-extension.ts';
import { revokeMany } from '../../../src/access/revoke-many.ts';
import { type Connection, useBroker } from './broker-harness.ts';
import { type DeafBroker, startDeafBroker } from './deaf-broker.ts';
import { heldBy, holdsOf, REVIEW_RULES } from './hold-harness.ts';

const MINUTE = 60_000;
const ENDED_WITHIN_MS = 2_000;

const broker = useBroker({ rules: REVIEW_RULES, settings: 'oversight: { groups: [responders] }' });
let second: DeafBroker;

beforeAll(async () => {
  second = await startDeafBroker(broker.current);
});
afterAll(() => second.stop());

const extend = (grantId: string, byMs = 30 * MINUTE): Promise<unknown> =>
  requestExtension(broker.current.context, {
    grantId,
    by: broker.current.alice,
    byMs,
    reason: 'not through yet',
    origin: null,
    idempotencyKey: randomUUID(),
  });

/** A connection through each broker. */
async function connectToBoth(connection: Connection): Promise<Client[]> {
  return Promise.all([
    broker.current.client(connection),
    broker.current.client(connection, { port: second.port }),
  ]);
}

const pidOf = async (client: Client): Promise<number> =>
  (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid ?? 0;

/** How long after now each of the connections is closed. */
function closings(clients: readonly Client[]): Promise<number[]> {
  const fromMs = performance.now();
  const closed = clients.map(
    (client) =>
      new Promise<number>((resolve) => client.once('end', () => resolve(performance.now() - fromMs))),
  );
  return Promise.all(closed);
}

describe('a deadline that moves', () => {
  test('reaches live sessions on every replica: they stay connected past the old one and end at the new one', {
    timeout: 60_000,
  }, async () => {
    const { access, context } = broker.current;
    const connection = await broker.current.connection('read', { durationMs: 2 * MINUTE });
    const clients = await connectToBoth(connection);
    const pids = await Promise.all(clients.map(pidOf));
    const { expiresAt } = await readGrant(context, { id: connection.username });
    await extend(connection.username);
    expect((await readGrant(context, { id: connection.username })).expiresAt.getTime()).toBe(
      expiresAt.getTime() + 30 * MINUTE,
    );
    // For the store the deadline of before is over.
    access.clock.stepMs(3 * MINUTE);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await Promise.all(clients.map(pidOf))).toEqual(pids);
    const denied = await clients[1]
      ?.query('delete from orders')
      .catch((error: { hint?: string }) => error.hint);
    expect(denied).toContain(new Date(expiresAt.getTime() + 30 * MINUTE).toISOString());
    const closed = closings(clients);
    access.clock.stepMs(30 * MINUTE);
    for (const closedMs of await closed) expect(closedMs).toBeLessThan(ENDED_WITHIN_MS);
    access.clock.stepMs(-33 * MINUTE);
    expect((await broker.current.endedSession(connection.username)).endReason).toBe('grant-expired');
  });

  test('by seconds: the timers of sessions that run follow it', { timeout: 60_000 }, async () => {
    const { context, access } = broker.current;
    const connection = await broker.current.connection('read', { durationMs: MINUTE });
    // The sessions begin three seconds before their deadline, by the clock that their timers are set by.
    access.clock.stepMs(57_000);
    const clients = await connectToBoth(connection);
    const pids = await Promise.all(clients.map(pidOf));
    await extend(connection.username, MINUTE);
    access.clock.stepMs(-57_000);
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(await Promise.all(clients.map(pidOf))).toEqual(pids);
    expect((await readGrant(context, { id: connection.username })).state).toBe('active');
    await Promise.all(clients.map((client) => client.end()));
  });
});

describe('everything that is revoked', () => {
  test('ends on every replica within two seconds, running statements and held commands included', {
    timeout: 60_000,
  }, async () => {
    const { context, access } = broker.current;
    const carol = await access.person('carol', ['responders']);
    const running = await broker.current.connection('read');
    const holding = await broker.current.connection('owner');
    const clients = [...(await connectToBoth(running)), ...(await connectToBoth(holding))];
    const work = [
      clients[0]?.query('select pg_sleep(30)'),
      clients[1]?.query('select pg_sleep(30)'),
      clients[3]?.query(`drop table if exists nothing_${randomBytes(4).toString('hex')}`),
    ].map((one) => one?.catch((error: unknown) => error));
    const hold = await heldBy(broker.current, holding);
    const closed = closings(clients);
    const { grants: revoked, commands } = await revokeMany(context, {
      by: carol,
      what: { kind: 'person', personId: 'alice@example.com' },
      reason: 'laptop stolen',
    });
    const ids = revoked.map(({ id }) => id);
    expect(commands).toBeGreaterThanOrEqual(1);
    expect(ids).toEqual(expect.arrayContaining([running.username, holding.username]));
    for (const closedMs of await closed) expect(closedMs).toBeLessThan(ENDED_WITHIN_MS);
    for (const result of await Promise.all(work)) expect(result).toBeInstanceOf(Error);
    await expect
      .poll(async () => (await holdsOf(broker.current, holding)).map(({ id, state }) => ({ id, state })))
      .toEqual([{ id: hold.id, state: 'withdrawn' }]);
    const left = await broker.current.shop.query(
      "select from pg_stat_activity where datname = current_database() and query like '%pg_sleep(30)%' and pid <> pg_backend_pid()",
    );
    expect(left).toEqual([]);
    await expect(broker.current.client(running)).rejects.toThrow();
  });
});
