/** Sessions on hosts: under which grants they begin, with what, and what a secret has to be. */
import { expect, test } from 'vitest';
import {
  authorizeConnection,
  authorizeHostConnection,
  verifyGrantSecret,
} from '../../../src/access/authorize-connection.ts';
import { finishGrant } from '../../../src/access/end-grant.ts';
import { readSession } from '../../../src/access/read-access.ts';
import { revealConnection } from '../../../src/access/reveal-connection.ts';
import { Secret } from '../../../src/core/secret.ts';
import { useTestAccess } from '../../support/access.ts';
import { grantOn, HOST_SECRETS, HOSTS_POLICY } from './hosts.ts';

const access = useTestAccess({ policy: HOSTS_POLICY, secrets: HOST_SECRETS });

const alice = () => access.current.person('alice', ['engineering']);

const from = (handle: string) => ({
  handle,
  clientAddress: '127.0.0.1',
  application: 'OpenSSH_10.0',
  replica: 'one',
});

const connect = (handle: string) => authorizeHostConnection(access.current.context, from(handle));

const knows = (handle: string, secret: string): Promise<boolean> =>
  verifyGrantSecret(access.current.context, { handle, secret: new Secret(secret) });

async function refusals(handle: string): Promise<unknown[]> {
  const rows = await access.current.store
    .read()
    .execute<{ data: { reason: string } }[]>(
      `select data from event where subject = ? and type = 'connection.refused' order by id`,
      [handle],
    );
  return rows.map(({ data }) => data.reason);
}

test('a session on a host has its policy, and what the target is logged in to with', async () => {
  const handle = await grantOn(access.current, { requester: await alice(), role: 'operator' });
  const answer = await connect(handle);
  if (!answer.authorized) throw new Error(answer.reason);
  expect(answer).toMatchObject({
    roleName: 'operator',
    role: { shell: 'guided' },
    resource: { name: 'web-1' },
    grant: { id: handle },
    rules: [{ name: 'no-touch' }],
    masks: [{ name: 'keys' }],
  });
  const { username, password, privateKey } = answer.credential;
  expect([username, password?.reveal(), privateKey?.reveal()]).toEqual([
    'deploy',
    HOST_SECRETS.WEB_PASSWORD,
    HOST_SECRETS.WEB_KEY,
  ]);
  expect(JSON.stringify(answer)).not.toContain(HOST_SECRETS.WEB_PASSWORD);
  expect(await readSession(access.current.context, { id: answer.sessionId, viewer: null })).toMatchObject({
    grantId: handle,
    application: 'OpenSSH_10.0',
    resourceKind: 'ssh',
  });
});

test('no more sessions than the resource allows, however they race', async () => {
  const handle = await grantOn(access.current, { requester: await alice(), role: 'operator' });
  const answers = await Promise.all(Array.from({ length: 5 }, () => connect(handle)));
  expect(answers.filter(({ authorized }) => authorized)).toHaveLength(2);
  expect(await refusals(handle)).toEqual(
    Array.from({ length: 3 }, () => `grant ${handle} has 2 live sessions already, which is its limit`),
  );
});

test('a grant of another kind, one that is over and one that nobody has open no session', async () => {
  const bob = await access.current.person('bob', ['sre']);
  const host = await grantOn(access.current, { requester: await alice(), role: 'operator' });
  const database = await grantOn(access.current, { requester: bob, resource: 'orders-db', role: 'read' });
  expect(await connect(database)).toEqual({
    authorized: false,
    reason: `grant ${database} is for orders-db, which is of kind postgres: another client connects to that`,
  });
  const { context } = access.current;
  expect(await authorizeConnection(context, { ...from(host), kind: 'postgres' })).toEqual({
    authorized: false,
    reason: `grant ${host} is for web-1, which is of kind ssh: another client connects to that`,
  });
  await finishGrant(context, { grantId: host, by: await alice() });
  expect(await connect(host)).toEqual({ authorized: false, reason: `grant ${host} is not active` });
  expect(await connect('g-aaaaaaaa')).toMatchObject({ authorized: false });
  access.current.applyPolicy(HOSTS_POLICY.replaceAll('web-1', 'web-2'));
  try {
    const other = await grantOn(access.current, {
      requester: await alice(),
      role: 'operator',
      resource: 'web-2',
    });
    access.current.applyPolicy(HOSTS_POLICY);
    expect(await connect(other)).toMatchObject({ authorized: false, reason: /no longer configured/ });
  } finally {
    access.current.applyPolicy(HOSTS_POLICY);
  }
});

test('a credential that cannot be read opens no session, and says which one', async () => {
  const handle = await grantOn(access.current, { requester: await alice(), role: 'operator' });
  access.current.applyPolicy(HOSTS_POLICY.replace('WEB_KEY', 'NOT_THERE'));
  try {
    await expect(connect(handle)).rejects.toThrow('the environment variable NOT_THERE is not set');
  } finally {
    access.current.applyPolicy(HOSTS_POLICY);
  }
  expect((await connect(handle)).authorized).toBe(true);
});

test('only the secret that was revealed last is the secret, and only while the grant is active', async () => {
  const { context, clock } = access.current;
  const by = await alice();
  const handle = await grantOn(access.current, { requester: by, role: 'operator' });
  expect(await knows(handle, '')).toBe(false);
  const reveal = () => revealConnection(context, { grantId: handle, by, platform: 'web' });
  const first = await reveal();
  expect(await knows(handle, first.password)).toBe(true);
  const second = await reveal();
  expect(await knows(handle, first.password)).toBe(false);
  expect(await knows(handle, `${second.password} `)).toBe(false);
  expect(await knows(handle, second.password.toUpperCase())).toBe(false);
  expect(await knows('g-aaaaaaaa', second.password)).toBe(false);
  expect(await knows(`${handle}x`, second.password)).toBe(false);
  expect(await knows(handle, 'x'.repeat(100_000))).toBe(false);
  clock.stepMs(3_600_001);
  expect(await knows(handle, second.password)).toBe(false);
  clock.stepMs(-3_600_001);
  expect(await knows(handle, second.password)).toBe(true);
});

test('an unknown handle takes the work of a wrong secret', async () => {
  const by = await alice();
  const handle = await grantOn(access.current, { requester: by, role: 'operator' });
  await revealConnection(access.current.context, { grantId: handle, by, platform: 'web' });
  const medianMs = async (of: string): Promise<number> => {
    const times: number[] = [];
    for (let round = 0; round < 31; round += 1) {
      const begun = performance.now();
      await knows(of, 'a wrong secret');
      times.push(performance.now() - begun);
    }
    return times.sort((a, b) => a - b)[15] ?? 0;
  };
  await medianMs(handle);
  const [known, unknown] = [await medianMs(handle), await medianMs('g-aaaaaaaa')];
  // Without the work an answer takes a fraction of this.
  expect(unknown).toBeGreaterThan(known / 2);
});
