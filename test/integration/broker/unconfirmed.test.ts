import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { AccessContext } from '../../../src/access/context.ts';
import {
  encodeCopyData,
  encodeCopyDone,
  encodeQuery,
} from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { useBroker } from './broker-harness.ts';
import { errorsOf, RawClient, rowsOf } from './raw-client.ts';

let away = false;

/** The store of the broker, which a test can take away and bring back. */
const losable = (context: AccessContext): AccessContext => ({
  ...context,
  store: new Proxy(context.store, {
    get: (store, key) => {
      if (away && key === 'read') {
        return () => {
          throw new Error('the store is away');
        };
      }
      const value: unknown = Reflect.get(store, key);
      return typeof value === 'function' ? value.bind(store) : value;
    },
  }),
});

const broker = useBroker({ wrapContext: losable });

const OVER_TWO_SECONDS_MS = 2_900;

test('a session that cannot be confirmed for two seconds forwards nothing, and goes on when it can', async () => {
  const client = await RawClient.logIn(await broker.current.connection('write'));
  const streaming = await RawClient.logIn(await broker.current.connection('write'));
  const copying = await RawClient.logIn(await broker.current.connection('write'));
  copying.send(encodeQuery('copy orders (customer_id, item, status, total) from stdin'));
  await copying.until('G');
  try {
    away = true;
    client.send(encodeQuery('select 1'));
    expect(rowsOf(await client.until('Z'))).toEqual([['1']]);
    streaming.send(encodeQuery("select pg_sleep(3), 'late'"));
    await sleep(OVER_TWO_SECONDS_MS);

    client.send(encodeQuery("update customers set city = 'Lost' where id = 1"));
    const [error] = errorsOf(await client.until('Z'));
    expect(error?.code).toBe('57P03');
    expect(error?.message).toContain('cannot confirm');
    copying.send(encodeCopyData(Buffer.from('1\tbook\topen\t66.60\n')), encodeCopyDone());
    await sleep(800);
    expect(streaming.received).toEqual([]);
  } finally {
    away = false;
  }
  expect(rowsOf(await streaming.until('Z'))).toEqual([['', 'late']]);
  expect(errorsOf(await copying.until('Z'))).toHaveLength(1);
  client.send(encodeQuery('select 2'));
  expect(rowsOf(await client.until('Z'))).toEqual([['2']]);
  expect(await broker.current.shop.query("select from customers where city = 'Lost'")).toEqual([]);
  expect(await broker.current.shop.query('select from orders where total = 66.60')).toEqual([]);
  for (const one of [client, streaming, copying]) one.close();
});
