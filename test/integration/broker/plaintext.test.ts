import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { runPsql } from '../../support/psql.ts';
import { useBroker } from './broker-harness.ts';

const broker = useBroker({ listen: '0.0.0.0:0' });

const outside = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === 'IPv4' && !one.internal)?.address;

test('plaintext passes on this machine only', async () => {
  const { url } = await broker.current.connection('read');
  expect(await runPsql({ url: `${url}?sslmode=disable`, commands: ['select 1'] })).toMatchObject({ code: 0 });
});

test.skipIf(outside === undefined)(
  'a client from elsewhere is asked to encrypt, and served when it does',
  async () => {
    const { url } = await broker.current.connection('read');
    const remote = url.replace('@127.0.0.1:', `@${outside}:`);
    const plain = await runPsql({ url: `${remote}?sslmode=disable`, commands: ['select 1'] });
    expect(plain.code).toBe(2);
    expect(plain.stderr).toContain('Add sslmode=require to your connection string');
    expect(await runPsql({ url: `${remote}?sslmode=require`, commands: ['select 1'] })).toMatchObject({
      code: 0,
    });
  },
);
