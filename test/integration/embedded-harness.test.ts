import { Redis } from 'ioredis';
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { withAdministrator } from '../support/administrator.ts';
import { createTestDatabase, createTestShop, useTestShop } from '../support/database.ts';
import { runPsql } from '../support/psql.ts';
import { startRedis } from '../support/redis.ts';
import { useTestStore } from '../support/store.ts';

describe('the test harness', () => {
  const store = useTestStore();
  const shop = useTestShop();

  test('gives a migrated store in which nothing is pending', async () => {
    await store.current.ping();
    expect(await store.current.migrate()).toEqual([]);
  });

  test('clones a database with its migrations, and drops it', async () => {
    const database = await createTestDatabase();
    const tables = await withAdministrator(database.url.reveal(), (client) =>
      client.query("select from information_schema.tables where table_name = 'access_request'"),
    );
    expect(tables.rowCount).toBe(1);
    await database.drop();
    expect(await shop.current.query('select from pg_database where datname = $1', [database.name])).toEqual(
      [],
    );
  });

  test('fails a file that leaves a connection open, and drops its database all the same', async () => {
    const database = await createTestShop();
    const leaked = new Client({ connectionString: database.url.reveal(), application_name: 'a leaked pool' });
    leaked.on('error', () => undefined);
    await leaked.connect();
    await expect(database.drop()).rejects.toThrow(/a leaked pool/);
    expect(await shop.current.query('select from pg_database where datname = $1', [database.name])).toEqual(
      [],
    );
  });

  test('the shop holds the same rows every time, and its reader cannot write', async () => {
    const { credentials, host, port, name } = shop.current;
    const url = `postgres://${credentials.reader.username}:${credentials.reader.password}@${host}:${port}/${name}`;
    const read = await runPsql({ url, commands: ['select count(*), min(email) from customers'] });
    expect(read.stdout.trim()).toBe('200|amara.aalto.128@example.com');
    const write = await runPsql({ url, commands: ["update customers set name = 'x' where id = 1"] });
    expect(write.code).not.toBe(0);
    expect(write.stderr).toContain('permission denied');
  });

  test('starts a real Redis and stops it', async () => {
    const redis = await startRedis();
    const client = new Redis(redis.url);
    await client.set('key', 'value');
    expect(await client.get('key')).toBe('value');
    client.disconnect();
    await redis.stop();
  });
});
