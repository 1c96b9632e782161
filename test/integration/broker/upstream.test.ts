import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateCertificate } from '../../../src/broker/certificate.ts';
import {
  encodeSasl,
  encodeSaslContinue,
  encodeSaslFinal,
} from '../../../src/broker/postgres/codec/authentication.ts';
import { BodyWriter } from '../../../src/broker/postgres/codec/body-writer.ts';
import { closeUpstream } from '../../../src/broker/postgres/session-end.ts';
import { openUpstream, type Upstream } from '../../../src/broker/postgres/upstream-login.ts';
import { runUpstreamQuery } from '../../../src/broker/postgres/upstream-query.ts';
import { Secret } from '../../../src/core/secret.ts';
import { POLICY_DOCUMENT, type PostgresResource } from '../../../src/policies/document/schema.ts';
import { startEmbeddedPostgres } from '../../../src/store/embedded/supervisor.ts';

const PASSWORD = 'not to be asked for';

let directory = '';
let cluster: Awaited<ReturnType<typeof startEmbeddedPostgres>>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-upstream-'));
  const own = await generateCertificate({ publicHost: 'target.test', now: new Date() });
  const other = await generateCertificate({ publicHost: 'target.test', now: new Date() });
  await writeFile(join(directory, 'server.crt'), own.certificatePem, { mode: 0o600 });
  await writeFile(join(directory, 'server.key'), own.keyPem, { mode: 0o600 });
  await writeFile(join(directory, 'other.crt'), other.certificatePem);
  cluster = await startEmbeddedPostgres({
    directory: join(directory, 'cluster'),
    settings: {
      ssl: 'on',
      ssl_cert_file: join(directory, 'server.crt'),
      ssl_key_file: join(directory, 'server.key'),
      fsync: 'off',
    },
  });
});
afterAll(async () => {
  await cluster.stop();
  await rm(directory, { recursive: true, force: true });
});

function resourceAt(address: string, tls: PostgresResource['tls']): PostgresResource {
  const [resource] = POLICY_DOCUMENT.parse({
    resources: [
      {
        name: 'orders-db',
        kind: 'postgres',
        address,
        database: 'postgres',
        credential: { username: 'app' },
        tls,
        roles: {},
      },
    ],
  }).resources;
  if (resource?.kind !== 'postgres') throw new Error('the resource of this test is a database');
  return resource;
}

function open(
  resource: PostgresResource,
  credential?: { username: string; password: string },
): Promise<Upstream> {
  const url = new URL(cluster.url('postgres'));
  const { username, password } = credential ?? {
    username: url.username,
    password: decodeURIComponent(url.password),
  };
  return openUpstream({
    resource,
    credential: { username, password: new Secret(password) },
    parameters: new Map(),
    random: randomBytes,
  });
}

async function encrypted(
  tls: PostgresResource['tls'],
  host = '127.0.0.1',
): Promise<string | null | undefined> {
  const upstream = await open(resourceAt(`${host}:${cluster.port}`, tls));
  try {
    const [row] = await runUpstreamQuery(
      upstream.socket,
      'select ssl::text from pg_stat_ssl where pid = pg_backend_pid()',
    );
    return row?.['ssl'];
  } finally {
    await closeUpstream(upstream, { busy: false });
  }
}

describe('the TLS mode of a resource', () => {
  test('is kept: disable, require, verify-ca and verify-full', async () => {
    const ca = join(directory, 'server.crt');
    expect(await encrypted({ mode: 'disable' })).toBe('false');
    expect(await encrypted({ mode: 'require' })).toBe('true');
    expect(await encrypted({ mode: 'verify-ca', ca })).toBe('true');
    expect(await encrypted({ mode: 'verify-full', ca })).toBe('true');
    expect(await encrypted({ mode: 'verify-full', ca }, 'localhost')).toBe('true');
  });

  test('refuses a target that another authority vouches for, or none', async () => {
    await expect(encrypted({ mode: 'verify-full', ca: join(directory, 'other.crt') })).rejects.toThrow(
      /orders-db failed the TLS handshake/,
    );
    await expect(encrypted({ mode: 'verify-ca', ca: join(directory, 'other.crt') })).rejects.toThrow(
      'failed the TLS handshake',
    );
    await expect(encrypted({ mode: 'verify-full' })).rejects.toThrow('failed the TLS handshake');
    await expect(encrypted({ mode: 'verify-full', ca: join(directory, 'missing.crt') })).rejects.toThrow(
      'cannot be read',
    );
  });
});

describe('a target that does not answer as it should', () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
  });

  /** A target that this test plays; what it received is there to be searched. */
  async function impostor(
    play: (socket: Socket, chunk: Buffer, turn: number) => void,
  ): Promise<{ resource: PostgresResource; received: () => Buffer }> {
    const chunks: Buffer[] = [];
    const server = createServer((socket) => {
      let turn = 0;
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        play(socket, chunk, turn++);
      });
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return {
      resource: resourceAt(`127.0.0.1:${port}`, { mode: 'disable' }),
      received: () => Buffer.concat(chunks),
    };
  }
  const credential = { username: 'app', password: PASSWORD };

  test.each([
    ['a cleartext password', new BodyWriter().int32(3).message(0x52)],
    ['an md5 password', new BodyWriter().int32(5).int32(0x01020304).message(0x52)],
  ])('gets no password when it asks for %s', async (method, request) => {
    const { resource, received } = await impostor((socket) => void socket.write(request));
    await expect(open(resource, credential)).rejects.toThrow(`asks for ${method}, which is refused`);
    expect(received().includes(PASSWORD)).toBe(false);
  });

  test('gets no further when it does not prove that it knows the password', async () => {
    const { resource } = await impostor((socket, chunk, turn) => {
      if (turn === 0) socket.write(encodeSasl(['SCRAM-SHA-256']));
      if (turn === 1) {
        const nonce = /r=([^,\0]+)$/.exec(chunk.toString('latin1'))?.[1] ?? '';
        socket.write(encodeSaslContinue(`r=${nonce}more,s=${Buffer.from('salt').toString('base64')},i=4096`));
      }
      if (turn === 2) socket.write(encodeSaslFinal(`v=${Buffer.alloc(32).toString('base64')}`));
    });
    await expect(open(resource, credential)).rejects.toThrow('did not prove that it knows the password');
  });

  test('is named when it cannot be reached, refuses the login, or speaks something else', async () => {
    await expect(open(resourceAt('127.0.0.1:1', { mode: 'disable' }))).rejects.toThrow(
      'The target orders-db cannot be reached',
    );
    const wrong = open(resourceAt(`127.0.0.1:${cluster.port}`, { mode: 'disable' }), credential);
    await expect(wrong).rejects.toThrow(
      'refused the login (28P01): the credential that Sallyport holds for it',
    );
    const { resource } = await impostor((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await expect(open(resource, credential)).rejects.toThrow('The target orders-db');
    const noTls = await impostor((socket) => void socket.write('N'));
    await expect(open({ ...noTls.resource, tls: { mode: 'require' } }, credential)).rejects.toThrow(
      'does not offer TLS',
    );
  });
});
