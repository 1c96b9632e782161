import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Broker, createBroker } from '../../../src/broker/broker.ts';
import { generateCertificate } from '../../../src/broker/certificate.ts';
import { encodeQuery } from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { type CancelKey, encodeCancelRequest } from '../../../src/broker/postgres/codec/startup.ts';
import { useBroker } from './broker-harness.ts';
import { errorsOf, RawClient } from './raw-client.ts';

const PATIENCE_MS = 10_000;
const POLL_MS = 25;

const first = useBroker();
let second: Broker;
let secondPort = 0;
let balancer: Server;
let balancerPort = 0;

beforeAll(async () => {
  const { context, keys, secretKey } = first.current;
  second = createBroker({
    access: context,
    keys,
    secretKey,
    logger: pino({ level: 'silent' }),
    tls: await generateCertificate({ publicHost: 'broker.test', now: new Date() }),
    replica: 'another-replica',
  });
  secondPort = (await second.start()).port;
  // As a load balancer would: the session on one replica, the cancel request on the other.
  let connections = 0;
  balancer = createServer((client) => {
    const replica = connect({
      host: '127.0.0.1',
      port: connections++ === 0 ? first.current.port : secondPort,
    });
    for (const socket of [client, replica]) socket.on('error', () => undefined);
    client.pipe(replica).pipe(client);
  });
  balancer.listen(0, '127.0.0.1');
  await once(balancer, 'listening');
  balancerPort = (balancer.address() as AddressInfo).port;
});
afterAll(async () => {
  balancer.close();
  await second.stop();
});

/** Statements that run on the target now and contain the text. */
const running = (text: string): Promise<object[]> =>
  first.current.shop.query(
    `select pid from pg_stat_activity where datname = current_database() and state = 'active'
      and query like $1 and pid <> pg_backend_pid()`,
    [`%${text}%`],
  );

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
    if (await holds()) return;
    await sleep(POLL_MS);
  }
  throw new Error(`in vain: ${what}`);
}

async function cancelOn(port: number, key: CancelKey | null): Promise<void> {
  if (key === null) throw new Error('there is no key');
  const canceller = new RawClient(port);
  canceller.send(encodeCancelRequest(key));
  await canceller.untilClosed();
}

test.each([
  ['3.0', 0],
  ['3.2', 2],
])(
  'a cancel request of protocol %s that reaches another replica ends the statement',
  async (_name, minor) => {
    const client = await RawClient.logIn(await first.current.connection('owner'), {}, minor);
    client.send(encodeQuery(`select pg_sleep(2${minor})`));
    await until('the statement runs', async () => (await running(`pg_sleep(2${minor})`)).length === 1);
    await cancelOn(secondPort, client.keyData);
    expect(errorsOf(await client.until('Z'))[0]).toMatchObject({ code: '57014' });
    expect(await running(`pg_sleep(2${minor})`)).toEqual([]);
    client.send(encodeQuery('select 1'));
    expect(errorsOf(await client.until('Z'))).toEqual([]);
    client.close();
  },
);

test('a wrong key cancels nothing, on neither replica', async () => {
  const client = await RawClient.logIn(await first.current.connection('owner'));
  const { processId, key } = client.keyData ?? { processId: 0, key: Buffer.alloc(4) };
  client.send(encodeQuery("select pg_sleep(1), 'finished'"));
  await until('the statement runs', async () => (await running("'finished'")).length === 1);
  const wrong = Buffer.from(key.map((byte) => byte ^ 0xff));
  await cancelOn(secondPort, { processId, key: wrong });
  await cancelOn(first.current.port, { processId, key: wrong });
  expect(errorsOf(await client.until('Z'))).toEqual([]);
  client.close();
});

test('Ctrl-C in psql behind a load balancer ends the statement within a second', async () => {
  const { username, password, database } = await first.current.connection('owner');
  const url = `postgresql://${username}:${password}@127.0.0.1:${balancerPort}/${database}?sslmode=require`;
  const psql = spawn('psql', ['--no-psqlrc', '-At', url], { stdio: ['pipe', 'pipe', 'pipe'] });
  const output = { text: '' };
  for (const stream of [psql.stdout, psql.stderr])
    stream.on('data', (chunk: Buffer) => (output.text += chunk.toString()));
  const closed = once(psql, 'close');
  psql.stdin.write('select pg_sleep(30);\n');
  await until('the statement runs', async () => (await running('pg_sleep(30)')).length === 1);
  const pressedAtMs = performance.now();
  psql.kill('SIGINT');
  await until('the statement ends', async () => (await running('pg_sleep(30)')).length === 0);
  expect(performance.now() - pressedAtMs).toBeLessThan(PATIENCE_MS / 2);
  psql.stdin.end('\\q\n');
  await closed;
  expect(output.text).toContain('canceling statement due to user request');
});
