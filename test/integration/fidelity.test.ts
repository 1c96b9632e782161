/**
 * Without rules and masks, for a role that allows everything, the broker is not to be noticed: psql prints
 * the same bytes for a script, results and errors in the same order, with it and without it.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { useBroker } from './broker/broker-harness.ts';
import { type Address, libpqEnvironment, runClient } from './clients/run-client.ts';

const SCRIPTS = join(import.meta.dirname, '../fidelity');

const broker = useBroker({
  withoutRules: true,
  roles:
    '      everything: { allow: [all, role-admin, server-file, copy-program], credential: { username: app_owner, password: { env: SHOP_OWNER } } }',
});

beforeAll(async () => {
  const { shop } = broker.current;
  await shop.query(`grant create, temporary on database ${shop.name} to ${shop.credentials.owner.username}`);
});

/** Everything that psql prints while it runs the script, errors included. */
async function print(script: string, address: Address): Promise<string[]> {
  // One pipe for both, so that their order counts.
  const { output } = await runClient(
    'sh',
    ['-c', 'exec psql --no-psqlrc --echo-all --file "$0" 2>&1', script],
    { environment: libpqEnvironment(address), cwd: SCRIPTS },
  );
  return output.toString('latin1').split('\n');
}

test.each(readdirSync(SCRIPTS))('%s prints the same through the broker', async (script) => {
  const { shop } = broker.current;
  const { username, password } = shop.credentials.owner;
  const expected = await print(script, { port: shop.port, username, password, database: shop.name });
  const seen = await print(script, await broker.current.connection('everything'));
  expect(seen).toEqual(expected);
  expect(expected.length).toBeGreaterThan(20);
});
