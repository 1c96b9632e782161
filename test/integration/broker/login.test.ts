import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { finishGrant, revokeGrant } from '../../../src/access/end-grant.ts';
import { revealConnection } from '../../../src/access/reveal-connection.ts';
import { encodeQuery } from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { encodeSslRequest, encodeStartup } from '../../../src/broker/postgres/codec/startup.ts';
import { runPsql } from '../../support/psql.ts';
import { useBroker } from './broker-harness.ts';
import { errorsOf, RawClient, rowsOf } from './raw-client.ts';

const broker = useBroker({ settings: '  connectionsMax: 60', resource: '    sessionsMax: 2' });

/** Both the client's login and the broker's own on the target have ten seconds. */
const PAST_EVERY_LOGIN_MS = 10_500;

const select1 = (url: string): ReturnType<typeof runPsql> => runPsql({ url, commands: ['select 1'] });
const wrongPassword = (handle: string): string =>
  `password authentication failed for "${handle}": the secret may have been replaced by a newer reveal, or the grant has ended`;

describe('logging in', () => {
  test('binds the login to our certificate where the client can', async () => {
    const { url } = await broker.current.connection('read');
    const result = await select1(`${url}?sslmode=require&channel_binding=require`);
    expect(result).toMatchObject({ code: 0, stdout: '1\n' });
  });

  test('a wrong secret, an unknown handle, a replaced secret and an ended grant give the same answer', async () => {
    const { port, access, alice } = broker.current;
    const connection = await broker.current.connection('read');
    const { database, username } = connection;
    const url = (handle: string, secret: string): string =>
      `postgresql://${handle}:${secret}@127.0.0.1:${port}/${database}`;

    expect((await select1(url(username, 'wrong'))).stderr).toContain(wrongPassword(username));
    expect((await select1(url('g-aaaaaaaa', 'wrong'))).stderr).toContain(wrongPassword('g-aaaaaaaa'));
    await revealConnection(access.context, { grantId: username, by: alice, platform: 'web' });
    expect((await select1(connection.url)).stderr).toContain(wrongPassword(username));

    const ended = await broker.current.connection('read');
    await finishGrant(access.context, { grantId: ended.username, by: alice });
    expect((await select1(ended.url)).stderr).toContain(wrongPassword(ended.username));
  });

  test('an unknown handle sees the same exchange each time it asks', async () => {
    const { port } = broker.current;
    const challenges: string[] = [];
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const client = new RawClient(port);
      client.send(encodeStartup({ parameters: [['user', 'g-zzzzzzzz']] }));
      await client.take('R');
      client.send(
        Buffer.from(
          '7000000036534352414d2d5348412d32353600000000206e2c2c6e3d2c723d6162636465666768696a6b6c6d6e6f707172737475767778',
          'hex',
        ),
      );
      challenges.push((await client.take('R')).body.toString('utf8'));
      client.close();
    }
    const salts = challenges.map((challenge) => /s=([^,]+),i=(\d+)/.exec(challenge)?.slice(1));
    expect(salts[0]).toBeDefined();
    expect(salts[0]).toEqual(salts[1]);
  });

  test('accepts the database, the resource or the handle as database name, and no other', async () => {
    const connection = await broker.current.connection('read');
    const { port, username, password, database } = connection;
    const url = (name: string): string => `postgresql://${username}:${password}@127.0.0.1:${port}/${name}`;
    for (const name of [database, 'orders-db', username, ''])
      expect(await select1(url(name))).toMatchObject({ code: 0 });
    const refused = await select1(url('postgres'));
    expect(refused.stderr).toContain('database "postgres" is not part of grant');
    expect(refused.stderr).toContain(`dbname=${database}`);
  });

  test('says when a grant has as many sessions as it may have', async () => {
    const connection = await broker.current.connection('read');
    await broker.current.client(connection);
    await broker.current.client(connection);
    expect((await select1(connection.url)).stderr).toContain('2 live sessions already');
  });

  test('refuses replication and parameters that nobody judges, and passes harmless ones', async () => {
    const connection = await broker.current.connection('read');
    expect((await select1(`${connection.url}?replication=database`)).stderr).toContain(
      'Replication connections are not available',
    );
    expect(
      (await select1(`${connection.url}?options=-c%20session_replication_role%3Dreplica`)).stderr,
    ).toContain('"session_replication_role" cannot be set');
    const shown = await runPsql({
      url: `${connection.url}?options=-c%20statement_timeout%3D4321&application_name=my-tool`,
      commands: [
        'show statement_timeout',
        'show application_name',
        'show client_encoding',
        'show standard_conforming_strings',
      ],
    });
    expect(shown.stdout).toBe('4321ms\nmy-tool\nUTF8\non\n');
    const session = await broker.current.endedSession(connection.username);
    expect(session.application).toBe('my-tool');
  });

  test('takes TLS from the first byte, when the client names the protocol', async () => {
    const { port, certificatePem } = broker.current;
    const options = { host: '127.0.0.1', port, ca: certificatePem, servername: 'localhost' };
    const socket = connectTls({ ...options, ALPNProtocols: ['postgresql'] });
    await once(socket, 'secureConnect');
    expect(socket.authorized).toBe(true);
    socket.write(encodeStartup({ parameters: [['user', 'g-aaaaaaaa']] }));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString('latin1')).toContain('SCRAM-SHA-256-PLUS');
    socket.destroy();
    const other = connectTls({ ...options, ALPNProtocols: ['http/1.1'] });
    await expect(once(other, 'secureConnect')).rejects.toThrow();
  });

  test('refuses bytes that were sent ahead of TLS', async () => {
    const client = new RawClient(broker.current.port);
    client.send(encodeSslRequest(), encodeStartup({ parameters: [['user', 'g-aaaaaaaa']] }));
    expect(errorsOf(await client.untilClosed())[0]).toMatchObject({ code: '08P01' });
  });

  test('answers malformed first packets and closes them', async () => {
    const packets = [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]),
      Buffer.from([0, 0, 0, 9, 0, 2, 0, 0, 0]),
      Buffer.concat([Buffer.from([0, 0, 0, 14, 0, 3, 0, 0]), Buffer.from('user\0x')]),
      encodeStartup({
        parameters: [
          ['user', 'a'],
          ['user', 'b'],
        ],
      }),
      encodeStartup({ parameters: [] }),
    ];
    for (const packet of packets) {
      const client = new RawClient(broker.current.port);
      client.send(packet);
      const [error] = errorsOf(await client.untilClosed());
      expect(error?.code).toMatch(/^(08P01|28000)$/);
    }
  });

  test('closes a client that says nothing, serves others meanwhile, and lets a session outlive its login', async () => {
    const { port } = broker.current;
    const session = await RawClient.logIn(await broker.current.connection('owner'));
    const silent = Array.from({ length: 20 }, () => connect({ host: '127.0.0.1', port }));
    const startedAt = performance.now();
    const closed = Promise.all(silent.map((socket) => once(socket, 'close')));
    for (const socket of silent) socket.on('error', () => undefined);
    expect(await select1((await broker.current.connection('read')).url)).toMatchObject({ code: 0 });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await closed;
    expect(performance.now() - startedAt).toBeLessThan(13_000);
    await sleep(PAST_EVERY_LOGIN_MS - (performance.now() - startedAt));
    session.send(encodeQuery('select 1'));
    expect(rowsOf(await session.until('Z'))).toEqual([['1']]);
    session.close();
  });

  test('limits how many connections one address holds', async () => {
    const { port } = broker.current;
    const sockets = Array.from({ length: 45 }, () => connect({ host: '127.0.0.1', port }));
    for (const socket of sockets) socket.on('error', () => undefined);
    await sleep(300);
    expect(
      sockets.filter((socket) => socket.destroyed || socket.readableEnded).length,
    ).toBeGreaterThanOrEqual(10);
    for (const socket of sockets) socket.destroy();
    await sleep(100);
    expect(await select1((await broker.current.connection('read')).url)).toMatchObject({ code: 0 });
  });

  test('a revoked grant cannot connect again, and says whom to ask', async () => {
    const { access, alice } = broker.current;
    const connection = await broker.current.connection('read');
    const client = await RawClient.logIn(connection);
    await revokeGrant(access.context, {
      grantId: connection.username,
      by: alice,
      reason: 'no longer needed',
    }).catch(async () => finishGrant(access.context, { grantId: connection.username, by: alice }));
    const messages = await client.untilClosed();
    expect(errorsOf(messages)[0]).toMatchObject({ code: '57P01' });
    client.send(encodeQuery('select 1'));
    expect((await select1(connection.url)).code).toBe(2);
  });

  test('no secret is in the log', async () => {
    const { log, shop } = broker.current;
    for (const { password } of Object.values(shop.credentials)) expect(log()).not.toContain(password);
  });
});
