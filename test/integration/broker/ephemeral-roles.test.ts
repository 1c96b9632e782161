import { randomBytes, randomUUID } from 'node:crypto';
import { once as onceEmitted } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { finishGrant } from '../../../src/access/end-grant.ts';
import { dropEphemeralRole, keepEphemeralRole } from '../../../src/access/ephemeral-role.ts';
import { issueGrant } from '../../../src/access/issue-grant.ts';
import { readGrant } from '../../../src/access/read-access.ts';
import { requestAccess } from '../../../src/access/request-access.ts';
import { requestExtension } from '../../../src/access/request-extension.ts';
import { deriveKey } from '../../../src/broker/secret-keys.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { JobContext } from '../../../src/jobs/job.ts';
import { SweepMemory, sweepBehind } from '../../../src/jobs/sweep.ts';
import { findEphemeralRole } from '../../../src/store/operations/ephemeral-roles.ts';
import { type TestShop, useTestShop } from '../../support/database.ts';
import { useDebianShop } from '../../support/debian-shop.ts';
import { NO_ERRANDS } from '../../support/errands.ts';
import { makeSigner } from '../../support/signer.ts';
import { type BrokerHarness, useBroker } from './broker-harness.ts';

const PATIENCE_MS = 8_000;
const POLL_MS = 25;

/** Makes and drops roles, and is no superuser. */
const administrator = `role_maker_${randomBytes(4).toString('hex')}`;
const password = randomBytes(12).toString('hex');
const credential = `credential: { username: ${administrator}, password: { env: ROLE_MAKER } }`;

const ROLES = `
      ephemeral: { allow: all, ephemeralRole: { memberOf: [app_owner] }, ${credential} }
      ephemeral-reader: { allow: [select], readOnly: true, ephemeralRole: { memberOf: [app_ro] }, ${credential} }
      ephemeral-writer: { allow: [select], readOnly: true, ephemeralRole: { memberOf: [app_owner] }, ${credential} }
      ephemeral-refused: { allow: [select], ephemeralRole: { memberOf: [app_rw] }, ${credential} }
      ephemeral-own: { allow: [select], ephemeralRole: { memberOf: [${administrator}] }, ${credential} }
`;

interface Target {
  readonly broker: { readonly current: BrokerHarness };
  /** Everything that was sent to the target. */
  readonly sent: () => string;
}

/** A broker whose way to the target is overheard. */
function useOverheardBroker(shop: { readonly current: TestShop }): Target {
  const chunks: Buffer[] = [];
  let server: Server;
  let port = 0;
  beforeAll(async () => {
    server = createServer((client) => {
      const target = connect({ host: '127.0.0.1', port: shop.current.port });
      for (const socket of [client, target]) socket.on('error', () => undefined);
      client.on('data', (chunk: Buffer) => void chunks.push(chunk));
      client.on('close', () => target.destroy());
      target.on('close', () => client.destroy());
      client.pipe(target).pipe(client);
    });
    server.listen(0, '127.0.0.1');
    await onceEmitted(server, 'listening');
    port = (server.address() as AddressInfo).port;
    await shop.current.query(`create role ${administrator} login createrole password '${password}'`);
    await shop.current.query(`grant app_owner, app_ro to ${administrator} with admin option`);
    await shop.current.query('grant create on schema public to app_owner');
  });
  afterAll(async () => {
    await shop.current.query(`drop owned by ${administrator}`);
    await shop.current.query(`drop role ${administrator}`);
    server.close();
  });
  const broker = useBroker({
    shop: {
      get current() {
        return { ...shop.current, port };
      },
    },
    roles: ROLES,
    wrapContext: (context) => ({
      ...context,
      settings: {
        ...context.settings,
        readSecret: (reference) =>
          'env' in reference && reference.env === 'ROLE_MAKER'
            ? new Secret(password)
            : context.settings.readSecret(reference),
      },
    }),
  });
  return { broker, sent: () => Buffer.concat(chunks).toString('latin1') };
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
    if (await holds()) return;
    await sleep(POLL_MS);
  }
  throw new Error(`in vain: ${what}`);
}

const versions: readonly (readonly [string, { readonly current: TestShop }])[] = [
  ['PostgreSQL 18', useTestShop()],
  ["Debian's PostgreSQL", useDebianShop()],
];

function leftOut(_name: string, _run: () => Promise<void>): void {}

describe.each(versions)('the role of a grant, on %s', (version, shop) => {
  /** What the target has no part in. */
  const once = version === 'PostgreSQL 18' ? test : leftOut;
  const { broker, sent } = useOverheardBroker(shop);
  const query = <Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> =>
    shop.current.query<Row>(text, values);
  const rolesOf = (grantId: string): Promise<{ rolname: string; until: Date }[]> =>
    query('select rolname, rolvaliduntil as until from pg_roles where rolname like $1', [`sp_${grantId}_%`]);
  const runSweep = (
    roles: JobContext['roles'] = broker.current.broker,
    job: Parameters<typeof sweepBehind>[1]['job'] = 'drop-ephemeral-role',
  ): Promise<void> =>
    sweepBehind(
      {
        access: broker.current.context,
        publisher: { syncCard: async () => undefined, refreshSessions: async () => undefined },
        errands: NO_ERRANDS,
        preparer: broker.current.broker,
        recovery: broker.current.broker,
        roles,
        archive: { statementsOf: async () => null },
        search: { readOn: async () => [] },
        signers: makeSigner(),
      },
      { job, memory: new SweepMemory() },
    );
  const finish = async (grantId: string): Promise<void> => {
    await finishGrant(broker.current.context, { grantId, by: broker.current.alice });
  };
  const asked = async (role: string): Promise<string> => {
    const request = await requestAccess(broker.current.context, {
      requester: broker.current.alice,
      resource: 'orders-db',
      role,
      durationMs: 3_600_000,
      reason: 'a table is missing',
      ticket: null,
      incident: null,
      origin: null,
      idempotencyKey: randomUUID(),
    });
    return request.grant?.id ?? '';
  };

  test('names the person, belongs to what the policy says, and ends with the grant', async () => {
    const { context, secretKey, log } = broker.current;
    const connection = await broker.current.connection('ephemeral');
    const grantId = connection.username;
    const name = `sp_${grantId}_alice`;
    const grant = await readGrant(context, { id: grantId });
    expect(await rolesOf(grantId)).toEqual([{ rolname: name, until: grant.expiresAt }]);
    const [described] = await query(
      `select rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls as powerful, rolcanlogin,
         shobj_description(oid, 'pg_authid') as comment,
         array(select roleid::regrole::text from pg_auth_members where member = pg_roles.oid) as "memberOf"
       from pg_roles where rolname = $1`,
      [name],
    );
    expect(described).toEqual({
      powerful: false,
      rolcanlogin: true,
      comment: `Sallyport grant ${grantId}, Alice <alice@example.com>`,
      memberOf: ['app_owner'],
    });

    const client = await broker.current.client(connection);
    expect((await client.query('select session_user::text as who')).rows).toEqual([{ who: name }]);
    await client.query('create table made_here (id int); grant select on made_here to app_ro');
    await client.query('create function made_here() returns int language sql as $$ select 1 $$');
    await client.query('grant select on orders to current_user; create temp table scratch ()');
    await client.query('alter default privileges in schema public grant select on tables to app_rw');
    await query(`create database "${name}_other" owner "${name}"`);
    for (const own of ['current_user', 'session_user', `"${name}"`]) {
      await expect(client.query(`alter user ${own} password 'mine' valid until 'infinity'`)).rejects.toThrow(
        'It allows all effects but role-admin, server-file, copy-program.',
      );
    }
    const running = client.query('select pg_sleep(60)').catch((error: unknown) => error);
    await until(
      'the statement runs',
      async () =>
        (
          await query("select from pg_stat_activity where usename = $1 and query like '%pg_sleep(60)'", [
            name,
          ])
        ).length === 1,
    );

    await finish(grantId);
    expect(await dropEphemeralRole(context, { grantId, dropper: broker.current.broker })).toBe('dropped');
    expect(await running).toBeInstanceOf(Error);
    expect(await rolesOf(grantId)).toEqual([]);
    expect(await query("select tablename, tableowner from pg_tables where tablename = 'made_here'")).toEqual([
      { tablename: 'made_here', tableowner: 'app_owner' },
    ]);
    expect(
      await query("select proowner::regrole::text as owner from pg_proc where proname = 'made_here'"),
    ).toEqual([{ owner: 'app_owner' }]);
    expect(
      await query('select datdba::regrole::text as owner from pg_database where datname = $1', [
        `${name}_other`,
      ]),
    ).toEqual([{ owner: 'app_owner' }]);
    expect(await query('select from pg_stat_activity where usename = $1', [name])).toEqual([]);
    await query(`drop database "${name}_other"`);
    await query('drop table made_here; drop function made_here()');

    const row = await findEphemeralRole(context.store.read(), { grantId });
    const secret = deriveKey(secretKey, {
      use: `postgres role ${name} v1`,
      salt: row?.seed ?? Buffer.alloc(0),
    })
      .reveal()
      .toString('base64url');
    expect(sent()).toContain('SCRAM-SHA-256$4096:');
    for (const place of [sent(), log(), JSON.stringify(row)]) {
      expect(place).not.toContain(secret);
      expect(place).not.toContain(password);
    }
    const events = await context.store
      .read()
      .execute<{ type: string }[]>(
        "select type from event where subject = ? and type like 'ephemeral%' order by id",
        [grantId],
      );
    expect(events.map(({ type }) => type)).toEqual(['ephemeral-role.made', 'ephemeral-role.dropped']);
  });

  once('may be asked for and given up many times at once', async () => {
    const { context, broker: own } = broker.current;
    const grantId = await asked('ephemeral');
    const prepared = await Promise.all(
      Array.from({ length: 4 }, () => own.prepare(grantId).then(() => true)),
    );
    expect(prepared).toEqual([true, true, true, true]);
    expect(await rolesOf(grantId)).toHaveLength(1);
    await issueGrant(context, { grantId, preparer: own });
    expect(await dropEphemeralRole(context, { grantId, dropper: own })).toBe('unchanged');
    await finish(grantId);
    const dropped = await Promise.all(
      Array.from({ length: 4 }, () => dropEphemeralRole(context, { grantId, dropper: own })),
    );
    expect(dropped.filter((one) => one === 'dropped')).toHaveLength(1);
    expect(await rolesOf(grantId)).toEqual([]);
    await expect(own.prepare(grantId)).rejects.toThrow('has ended');
    expect(await rolesOf(grantId)).toEqual([]);
  });

  once('is found by the sweep after a target that was away', async () => {
    const { context, broker: own, access } = broker.current;
    const grantId = await asked('ephemeral');
    await own.prepare(grantId);
    await finish(grantId);
    await expect(
      runSweep({
        dropEphemeralRole: async () => {
          throw new Error('the target is away');
        },
      }),
    ).rejects.toThrow('the target is away');
    expect(await rolesOf(grantId)).toHaveLength(1);
    expect(await findEphemeralRole(context.store.read(), { grantId })).toMatchObject({
      attempts: 1,
      problem: 'the target is away',
      state: 'made',
    });
    await runSweep();
    expect(await rolesOf(grantId)).toHaveLength(1);
    access.clock.stepMs(10_000);
    await runSweep();
    expect(await rolesOf(grantId)).toEqual([]);
  });

  test('that was made by a process which died before it could say so is dropped as well', async () => {
    const { context, broker: own } = broker.current;
    const connection = await broker.current.connection('ephemeral');
    const kept = await findEphemeralRole(context.store.read(), { grantId: connection.username });
    const grantId = await asked('ephemeral');
    const target = kept?.target as Parameters<typeof keepEphemeralRole>[1]['target'];
    const crashed = keepEphemeralRole(context, {
      grantId,
      target,
      make: async (role) => {
        await query(`create role "${role.name}" login in role app_owner`);
        await query(`grant "${role.name}" to ${administrator} with admin option`);
        throw new Error('the process died here');
      },
    });
    await expect(crashed).rejects.toThrow('the process died here');
    expect(await rolesOf(grantId)).toHaveLength(1);
    await finish(grantId);
    await finish(connection.username);
    await runSweep();
    expect(await rolesOf(grantId)).toEqual([]);
    expect(await rolesOf(connection.username)).toEqual([]);
    expect(own.liveSessions).toBe(0);
  });

  once(
    'follows its grant: a later deadline at once or at the next connection, an expired one to its end',
    async () => {
      const { context, access, alice } = broker.current;
      const connection = await broker.current.connection('ephemeral');
      const grantId = connection.username;
      const untils = async (): Promise<(Date | undefined)[]> => {
        const { expiresAt } = await readGrant(context, { id: grantId });
        return [(await rolesOf(grantId))[0]?.until, expiresAt];
      };
      const extend = (): Promise<unknown> =>
        requestExtension(context, {
          grantId,
          by: alice,
          byMs: 3_600_000,
          reason: 'not through yet',
          origin: null,
          idempotencyKey: randomUUID(),
        });
      await extend();
      const [told, wanted] = await untils();
      expect(told).not.toEqual(wanted);
      await runSweep(broker.current.broker, 'extend-ephemeral-role');
      const [toldBySweep, same] = await untils();
      expect(toldBySweep).toEqual(same);
      await extend();
      const client = await broker.current.client(connection);
      const [toldByLogin, later] = await untils();
      expect(toldByLogin).toEqual(later);
      await client.end();
      access.clock.stepMs(3 * 3_600_000);
      await runSweep(broker.current.broker, 'expire-grant');
      await runSweep();
      expect(await rolesOf(grantId)).toEqual([]);
    },
  );

  once('may be read-only, and is refused where what it belongs to can write', async () => {
    const connection = await broker.current.connection('ephemeral-reader');
    const client = await broker.current.client(connection);
    expect((await client.query('select count(*) > 0 as some from orders')).rows).toEqual([{ some: true }]);
    await client.end();
    await finish(connection.username);

    const grantId = await asked('ephemeral-writer');
    await expect(broker.current.broker.prepare(grantId)).rejects.toThrow(
      /its login owns .+ through app_owner/,
    );
    await finish(grantId);
    await runSweep();
    expect(await rolesOf(grantId)).toEqual([]);
    expect(await rolesOf(connection.username)).toEqual([]);
  });

  once(
    'cannot be lost by the store: not moved, not renamed, not forgotten while its grant is live',
    async () => {
      const { context } = broker.current;
      const { username: grantId } = await broker.current.connection('ephemeral');
      const change = (what: string): Promise<unknown> =>
        context.store.read().execute(`update ephemeral_role set ${what} where grant_id = ?`, [grantId]);
      await expect(change("state = 'dropped', dropped_at = now()")).rejects.toThrow('is live');
      await expect(change("name = 'another'")).rejects.toThrow('cannot change');
      await expect(change(`target = target || '{"address": "127.0.0.1:1"}'`)).rejects.toThrow(
        'cannot change',
      );
      await expect(change("seed = decode(repeat('00', 16), 'hex')")).rejects.toThrow('cannot change');
      await expect(change("state = 'making'")).rejects.toThrow('is made already');
      await finish(grantId);
      await runSweep();
      await expect(change('attempts = 7')).rejects.toThrow('is dropped already');
    },
  );

  test('is not made where its maker could not drop it, and says what the maker lacks', async () => {
    const grantId = await asked('ephemeral-refused');
    await expect(broker.current.broker.prepare(grantId)).rejects.toThrow(
      `On orders-db, ${administrator} needs CREATEROLE, INHERIT and: GRANT app_rw TO ${administrator} WITH ADMIN OPTION`,
    );
    expect(await rolesOf(grantId)).toEqual([]);
    await finish(grantId);
    await runSweep();
  });

  test('may belong to its maker itself, where the target lets the maker hand itself out', async () => {
    const grantId = await asked('ephemeral-own');
    const prepared = await broker.current.broker.prepare(grantId).catch((error: unknown) => error);
    expect(await rolesOf(grantId)).toHaveLength(prepared === undefined ? 1 : 0);
    await finish(grantId);
    await runSweep();
    expect(await rolesOf(grantId)).toEqual([]);
  });

  test('does not let a login in that was taken from the role of a grant that ended', async () => {
    const { context, secretKey } = broker.current;
    const connection = await broker.current.connection('ephemeral');
    const grantId = connection.username;
    const row = await findEphemeralRole(context.store.read(), { grantId });
    const name = row?.name ?? '';
    const secret = deriveKey(secretKey, {
      use: `postgres role ${name} v1`,
      salt: row?.seed ?? Buffer.alloc(0),
    });
    const login = async (): Promise<Client> => {
      const client = new Client({
        host: '127.0.0.1',
        port: shop.current.port,
        database: shop.current.name,
        user: name,
        password: secret.reveal().toString('base64url'),
      });
      client.on('error', () => undefined);
      await client.connect();
      return client;
    };
    const past = await login();
    await finish(grantId);
    await runSweep();
    await expect(past.query('select 1')).rejects.toThrow();
    await expect(login()).rejects.toThrow('password authentication failed');
  });
});
