import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { encodeQuery } from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { encodeCancelRequest, encodeStartup } from '../../../src/broker/postgres/codec/startup.ts';
import { useBroker } from './broker-harness.ts';
import { errorsOf, RawClient } from './raw-client.ts';

const broker = useBroker();

test('Ctrl-C in psql cancels the statement on the target and keeps the session', async () => {
  const { url } = await broker.current.connection('owner');
  const psql = spawn('psql', ['--no-psqlrc', '-At', `${url}?sslmode=require`], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output = { text: '' };
  for (const stream of [psql.stdout, psql.stderr])
    stream.on('data', (chunk: Buffer) => (output.text += chunk.toString()));
  const closed = once(psql, 'close');
  psql.stdin.write("select pg_sleep(20);\nselect 'still ' || 'here';\n");
  await sleep(1_200);
  psql.kill('SIGINT');
  await sleep(600);
  psql.stdin.end('\\q\n');
  await closed;
  expect(output.text).toContain('canceling statement due to user request');
  expect(
    await broker.current.shop.query(
      "select from pg_stat_activity where query like '%pg_sleep(20)%' and state = 'active' and pid <> pg_backend_pid()",
    ),
  ).toEqual([]);
});

test('a cancel key of someone else cancels nothing, and guessing is slowed down', async () => {
  const connection = await broker.current.connection('owner');
  const client = await RawClient.logIn(connection);
  client.send(encodeQuery("select pg_sleep(1.5), 'done'"));
  await sleep(200);
  for (let guess = 0; guess < 40; guess += 1) {
    const attacker = new RawClient(connection.port);
    attacker.send(encodeCancelRequest({ processId: guess + 1, key: Buffer.alloc(4) }));
    await attacker.untilClosed();
  }
  expect(errorsOf(await client.until('Z'))).toEqual([]);
  client.close();
});

test('a client of protocol 3.2 gets a long cancel key that works, and one that asks for more is told', async () => {
  const connection = await broker.current.connection('owner');
  const client = await RawClient.logIn(connection, {}, 9);
  const key = client.keyData;
  expect(key?.key.length).toBe(32);
  client.send(encodeQuery('select pg_sleep(20)'));
  await sleep(300);
  const canceller = new RawClient(connection.port);
  canceller.send(encodeCancelRequest(key ?? { processId: 0, key: Buffer.alloc(4) }));
  await canceller.untilClosed();
  expect(errorsOf(await client.until('Z'))[0]).toMatchObject({ code: '57014' });
  expect(client.negotiated).toBe(2);
  client.close();
  expect(encodeStartup({ minor: 2, parameters: [] }).readInt32BE(4)).toBe(0x0003_0002);
});
